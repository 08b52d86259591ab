import FoundationEssentials
import Ledger
import Rules

/// What a backtest found, for a person or a program.
struct BacktestReport: Encodable, Sendable {
  /// Decisions that would be others.
  struct Change: Encodable, Sendable {
    /// What the rules said.
    let was: String
    /// What became of it.
    let ended: String
    /// What they would say.
    let wouldBe: String
    /// How many there are.
    let decisions: Int
  }

  /// Rewards that would move.
  struct Rewards: Encodable, Sendable {
    /// How many.
    let decisions: Int
    /// Of them, orders that were refunded or cancelled later, or had their reward taken back.
    let fallen: Int
    /// The others.
    let honest: Int
    /// Decimal amounts by currency.
    let amounts: [String: String]

    /// These sums.
    init(_ rewards: BacktestTally.Rewards) {
      decisions = rewards.count
      fallen = rewards.fallen
      honest = rewards.count - rewards.fallen
      amounts = rewards.amounts.mapValues { "\($0)" }
    }

    /// The amounts as a table shows them.
    var money: String {
      amounts.isEmpty
        ? "-"
        : amounts.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }
          .joined(separator: ", ")
    }
  }

  /// One rule.
  struct RuleLine: Encodable, Sendable {
    /// Its name.
    let rule: String
    /// on or shadow.
    let mode: String
    /// How often it hits.
    let hits: Int
    /// How often that is unknown.
    let unknown: Int
    /// How often it cannot be asked.
    let failed: Int
    /// How often the decision would be another without it.
    let aloneDecisive: Int
  }

  /// Decisions that cannot be played.
  struct NotPlayed: Encodable, Sendable {
    /// A fixed condition of the programme refused the order; the rules did not decide.
    let requirements: Int
    /// A reward was found at the store.
    let adoptions: Int
    /// Facts that the rules ask for were erased.
    let erasedFacts: Int
    /// Their facts cannot be read.
    let unreadableFacts: Int
  }

  /// The version of the rules that were tried.
  let rulesVersion: String
  /// How many decisions were played.
  let played: Int
  /// Of them, those that come out the same.
  let unchanged: Int
  /// The others of that time.
  let notPlayed: NotPlayed
  /// Those that come out otherwise, by name.
  let changes: [Change]
  /// Rewards that were given and would be refused.
  let refused: Rewards
  /// Rewards that were given and would wait for somebody.
  let held: Rewards
  /// Rewards that were refused and would be given.
  let given: Rewards
  /// Every rule.
  let rules: [RuleLine]

  /// A report of sums.
  init(_ tally: BacktestTally, _ extent: DecisionHistoryRepository.Extent, rulesVersion: String) {
    self.rulesVersion = rulesVersion
    played = tally.played
    unchanged = tally.played - tally.changes.values.reduce(0, +)
    notPlayed = NotPlayed(
      requirements: extent.byRequirements, adoptions: extent.adoptions,
      erasedFacts: tally.erased, unreadableFacts: tally.unreadable)
    changes = tally.changes.map { change, count in
      Change(
        was: change.from.rawValue, ended: change.ended.rawValue, wouldBe: change.to.rawValue,
        decisions: count)
    }.sorted { ($0.was, $0.ended, $0.wouldBe) < ($1.was, $1.ended, $1.wouldBe) }
    refused = Rewards(tally.refused)
    held = Rewards(tally.held)
    given = Rewards(tally.given)
    rules = tally.rules.map { key, rule in
      RuleLine(
        rule: key.name, mode: key.mode.rawValue, hits: rule.hits, unknown: rule.unknown,
        failed: rule.failed, aloneDecisive: rule.decisive)
    }.sorted { ($0.rule, $0.mode) < ($1.rule, $1.mode) }
  }

  /// The report as tables.
  var text: String {
    var head = TextTable()
    head.add(["rules", rulesVersion])
    head.add(["played again", "\(played)"])
    head.add(["the same", "\(unchanged)"])
    head.add(["others", "\(played - unchanged)"])
    head.add(["not played", "\(notPlayed.requirements) refused by the programme's conditions"])
    head.add(["", "\(notPlayed.adoptions) rewards found at the store"])
    head.add(["", "\(notPlayed.erasedFacts) whose facts were erased"])
    head.add(["", "\(notPlayed.unreadableFacts) whose facts cannot be read"])
    var parts = [head.text]
    if !changes.isEmpty {
      var table = TextTable(["RULES SAID", "IN THE END", "WOULD SAY", "DECISIONS"])
      for change in changes {
        table.add([
          change.was, change.ended == "review" ? "open" : change.ended, change.wouldBe,
          "\(change.decisions)",
        ])
      }
      parts.append(table.text)
    }
    var money = TextTable(["REWARDS", "DECISIONS", "WORTH", "FELL LATER", "HONEST"])
    money.add([
      "given, would be refused", "\(refused.decisions)", refused.money, "\(refused.fallen)",
      "\(refused.honest)",
    ])
    money.add([
      "given, would be in review", "\(held.decisions)", held.money, "\(held.fallen)",
      "\(held.honest)",
    ])
    money.add(["refused, would be given", "\(given.decisions)", given.money, nil, nil])
    parts.append(money.text)
    if !rules.isEmpty {
      var table = TextTable(["RULE", "MODE", "HITS", "UNKNOWN", "FAILED", "ALONE DECISIVE"])
      for rule in rules {
        table.add([
          rule.rule, rule.mode, "\(rule.hits)", "\(rule.unknown)", "\(rule.failed)",
          "\(rule.aloneDecisive)",
        ])
      }
      parts.append(table.text)
    }
    return parts.joined(separator: "\n\n")
  }
}
