import Domain
import FoundationEssentials
import Ledger
import Rules

/// A decision as the commands show it: what was decided, by which rules, and on which facts.
struct DecisionReport: Encodable, Sendable {
  /// What a rule said.
  struct Said: Encodable, Sendable {
    let rule: String
    let result: String
    let mode: String
    let weight: Int

    init(_ outcome: Judgement.RuleOutcome) {
      rule = outcome.rule
      result = outcome.result.rawValue
      mode = outcome.mode.rawValue
      weight = outcome.weight
    }
  }

  private let id: Int
  private let decidedAt: Date
  private let outcome: String
  private let decidedBy: String
  private let rule: String?
  private let reason: String?
  private let score: Int
  private let rulesVersion: String
  private let orderValue: String?
  private let reward: String?
  private let campaign: String?
  private let campaignsPassedOver: PassedOverReport?
  private let facts: [String: KeptJSON]?
  private let erasedFacts: [String]
  private let rules: [Said]?
  private let replay: Replay?

  /// A decision as it was kept, and, where it was asked for, what comes out when it is played again.
  /// - Throws: `DecodingError` or `StoredJSONError` when what is kept cannot be read.
  init(_ kept: DecisionRepository.Kept, replay: Replay? = nil) throws {
    let record = kept.record
    id = kept.id
    decidedAt = kept.decidedAt
    outcome = record.outcome.rawValue
    decidedBy = record.decidedBy.rawValue
    rule = record.rule
    reason = record.reason
    score = record.score
    rulesVersion = record.rulesVersion
    orderValue = record.orderValue.map { "\($0)" }
    reward = record.reward.map { "\($0)" }
    campaign = record.campaignID
    campaignsPassedOver = try record.campaignsPassedOver.map {
      PassedOverReport(try [CampaignChoice.Misfit](json: $0))
    }
    facts = try record.facts.map {
      try JSONDecoder().decode([String: KeptJSON].self, from: Data($0.utf8))
    }
    erasedFacts = kept.record.erasedFacts
    rules = try record.ruleOutcomes.map { try [Judgement.RuleOutcome](json: $0).map(Said.init) }
    self.replay = replay
  }

  /// Everything for people.
  var text: String {
    var table = TextTable()
    table.add(["decision", "\(outcome), by \(Self.sources[decidedBy] ?? decidedBy)"])
    table.add(["made", decidedAt.formatted(.iso8601)])
    if let rule { table.add(["rule", rule]) }
    if let reason { table.add(["reason", reason]) }
    table.add(["order value", orderValue])
    table.add(["reward", reward])
    if let campaign { table.add(["campaign", campaign]) }
    campaignsPassedOver?.add(to: &table)
    table.add(["rules", rulesVersion])
    if rules != nil { table.add(["score", "\(score)"]) }
    return [table.text, factText, ruleText, replay?.text].compactMap(\.self)
      .joined(separator: "\n\n")
  }

  private var factText: String? {
    guard let facts else { return nil }
    var table = TextTable(["FACT", "VALUE"])
    for fact in facts.sorted(by: { $0.key < $1.key }) { table.add([fact.key, fact.value.text]) }
    for name in erasedFacts { table.add([name, "erased"]) }
    return table.text
  }

  private var ruleText: String? {
    guard let rules, !rules.isEmpty else { return nil }
    var table = TextTable(["RULE", "RESULT", "MODE", "WEIGHT"])
    for said in rules { table.add([said.rule, said.result, said.mode, "\(said.weight)"]) }
    return table.text
  }

  private static let sources = [
    "requirement": "a condition of the programme", "rules": "the rules", "person": "a person",
    "limit": "the end of the review", "adoption": "a reward that was found at the store",
  ]
}
