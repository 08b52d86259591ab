import Domain
import FoundationEssentials
import Ledger
import Rules

/// The sums of a backtest.
struct BacktestTally: Sendable, Equatable {
  /// From what to what a decision would change.
  struct Change: Hashable, Sendable {
    /// What the rules gave.
    let from: DecisionRepository.Outcome
    /// What came of it in the end.
    let ended: DecisionRepository.Outcome
    /// What the rules would give.
    let to: DecisionRepository.Outcome
  }

  /// A number of rewards, their worth by currency, and how many of them fell later.
  struct Rewards: Sendable, Equatable {
    /// How many.
    var count = 0
    /// How many of the orders were refunded or cancelled later, or had their reward taken back.
    var fallen = 0
    /// What they are worth, by the currency's code.
    var amounts: [String: Decimal] = [:]

    /// Adds one.
    mutating func add(_ reward: Money?, hasFallen: Bool) {
      count += 1
      if hasFallen { fallen += 1 }
      if let reward { amounts[reward.currency.code, default: 0] += reward.amount }
    }
  }

  /// A rule as it stood in one part of the file.
  struct RuleKey: Hashable, Sendable {
    /// Its name.
    let name: String
    /// Whether it acts there.
    let mode: Rule.Mode
  }

  /// What one rule said.
  struct RuleTally: Sendable, Equatable {
    /// How often it hit.
    var hits = 0
    /// How often a fact was missing.
    var unknown = 0
    /// How often it could not be asked.
    var failed = 0
    /// How often it alone made the outcome what it is; of a rule in shadow, would have.
    var decisive = 0
  }

  /// How many decisions were played.
  var played = 0
  /// How many were not, because facts that the rules ask for were erased.
  var erased = 0
  /// How many were not, because their facts cannot be read.
  var unreadable = 0
  /// What would change.
  var changes: [Change: Int] = [:]
  /// Rewards that were given and would be refused.
  var refused = Rewards()
  /// Rewards that were given and would first have to be looked at.
  var held = Rewards()
  /// Rewards that were refused and would be given.
  var given = Rewards()
  /// What each rule said.
  var rules: [RuleKey: RuleTally] = [:]

  /// Counts what the rules say of a decision.
  mutating func count(_ judgement: Judgement, decisive: [String]) {
    played += 1
    for outcome in judgement.outcomes {
      let key = RuleKey(name: outcome.rule, mode: outcome.mode)
      switch outcome.result {
      case .hit: rules[key, default: RuleTally()].hits += 1
      case .unknown: rules[key, default: RuleTally()].unknown += 1
      case .failed: rules[key, default: RuleTally()].failed += 1
      case .miss: if rules[key] == nil { rules[key] = RuleTally() }
      }
      if decisive.contains(outcome.rule) { rules[key, default: RuleTally()].decisive += 1 }
    }
  }

  /// Counts a decision that would be another.
  mutating func count(_ changed: Backtest.Changed, hasFallen: Bool) {
    let past = changed.past
    let change = Change(from: past.outcome, ended: past.ended, to: changed.outcome)
    changes[change, default: 0] += 1
    if changed.takesReward {
      switch changed.outcome {
      case .reject: refused.add(past.reward, hasFallen: hasFallen)
      case .review: held.add(past.reward, hasFallen: hasFallen)
      case .approve: break
      }
    } else if changed.givesReward {
      given.add(past.reward, hasFallen: false)
    }
  }

  /// Adds what the rules said of other decisions.
  mutating func add(_ other: BacktestTally) {
    played += other.played
    erased += other.erased
    unreadable += other.unreadable
    for (key, more) in other.rules {
      var sum = rules[key] ?? RuleTally()
      sum.hits += more.hits
      sum.unknown += more.unknown
      sum.failed += more.failed
      sum.decisive += more.decisive
      rules[key] = sum
    }
  }
}
