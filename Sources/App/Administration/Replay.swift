import Domain
import Ledger
import Rules

/// What comes out when a decision is played again: its stored facts by its stored rules.
struct Replay: Encodable, Sendable {
  /// Whether it is the same answer.
  let isSame: Bool
  /// What is different, or why it could not be played.
  let differences: [String]

  /// Plays a decision by the terms of its own file; `nil` where the rules were not asked.
  /// - Throws: `StoredJSONError` when what is kept cannot be read.
  init?(_ kept: DecisionRepository.Kept, _ terms: Terms) throws {
    let record = kept.record
    guard let facts = record.facts, let said = record.ruleOutcomes else { return nil }
    let judgement = Judgement.of(try FactSheet(json: facts), by: terms.rules)
    var differences: [String] = []
    func compare(_ name: String, _ then: String?, _ now: String?) {
      guard then != now else { return }
      differences.append("\(name): \(then ?? "none") then, \(now ?? "none") now")
    }
    compare("score", "\(record.score)", "\(judgement.score)")
    if record.decidedBy == .rules {
      compare("outcome", record.outcome.rawValue, judgement.outcome.rawValue)
      compare("rule", record.rule, judgement.rule)
    }
    let now = Dictionary(judgement.outcomes.map { ($0.rule, $0) }) { first, _ in first }
    let then = Dictionary(try [Judgement.RuleOutcome](json: said).map { ($0.rule, $0) }) {
      first, _ in first
    }
    for name in Set(now.keys).union(then.keys).sorted() where now[name] != then[name] {
      compare("rule \(name)", then[name].map(Self.text), now[name].map(Self.text))
    }
    isSame = differences.isEmpty
    if !isSame && !kept.record.erasedFacts.isEmpty {
      differences.append(
        "these facts were erased, because a person is forgotten: "
          + kept.record.erasedFacts.joined(separator: ", "))
    }
    self.differences = differences
  }

  /// A decision that cannot be played, for this reason.
  init(failure: String) {
    isSame = false
    differences = [failure]
  }

  /// One line, and one for each difference.
  var text: String {
    (["replay: \(isSame ? "the same answer" : "not the same answer")"]
      + differences.map { "  \($0)" }).joined(separator: "\n")
  }

  private static func text(_ outcome: Judgement.RuleOutcome) -> String {
    "\(outcome.result.rawValue) (\(outcome.mode.rawValue), \(outcome.weight))"
  }
}
