import Domain
import FoundationEssentials
import Ledger
import Rules

/// Plays decisions of the past again by other rules, on their facts as they were. It holds one
/// decision at a time, and gives back what came out differently.
struct Backtest {
  /// A decision that would be another.
  struct Changed: Sendable {
    /// The decision.
    let past: DecisionHistoryRepository.Past
    /// What the rules would give.
    let outcome: DecisionRepository.Outcome
    /// What would settle it.
    let rule: String?
    /// The sum of the weights.
    let score: Int

    /// Whether a reward was given that would not have been, or not so soon.
    var takesReward: Bool { past.ended == .approve && outcome != .approve }
    /// Whether a reward was refused that would have been given.
    var givesReward: Bool { past.ended == .reject && outcome == .approve }
  }

  /// What came of some decisions.
  struct Played: Sendable {
    /// The sums.
    var tally = BacktestTally()
    /// The decisions that would be others, in their sequence.
    var changed: [Changed] = []
  }

  /// The rules.
  let book: TermsBook
  /// The store whose decisions they are.
  let store: StoreAddress

  /// Plays decisions, in so many parts at the same time.
  func play(_ decisions: [DecisionHistoryRepository.Past], parts: Int) async -> Played {
    let size = max(1, (decisions.count + parts - 1) / parts)
    let starts = Array(stride(from: 0, to: decisions.count, by: size))
    return await withTaskGroup(of: (Int, Played).self) { group in
      for start in starts {
        let part = decisions[start..<min(start + size, decisions.count)]
        group.addTask { (start, play(part)) }
      }
      var parts: [(Int, Played)] = []
      for await part in group { parts.append(part) }
      var all = Played()
      for (_, part) in parts.sorted(by: { $0.0 < $1.0 }) {
        all.tally.add(part.tally)
        all.changed += part.changed
      }
      return all
    }
  }

  private func play(_ decisions: ArraySlice<DecisionHistoryRepository.Past>) -> Played {
    var played = Played()
    var sets: [String: RuleSet] = [:]
    for past in decisions {
      let set = sets[past.channel] ?? book.terms(store: store, channel: past.channel).rules
      sets[past.channel] = set
      guard let facts = facts(of: past, for: set, &played.tally) else { continue }
      let judgement = Judgement.of(facts, by: set)
      played.tally.count(judgement, decisive: judgement.decisiveRules(of: set))
      let outcome = DecisionRepository.Outcome(judgement.outcome)
      guard outcome != past.outcome else { continue }
      played.changed.append(
        Changed(past: past, outcome: outcome, rule: judgement.rule, score: judgement.score))
    }
    return played
  }

  /// The facts, if what the rules ask for was not taken out of them.
  private func facts(
    of past: DecisionHistoryRepository.Past, for set: RuleSet, _ tally: inout BacktestTally
  ) -> FactSheet? {
    if !past.erasedFacts.isEmpty {
      let erased = Set(past.erasedFacts.compactMap(Signal.named))
      if set.rules.contains(where: { !$0.condition.signals.isDisjoint(with: erased) }) {
        tally.erased += 1
        return nil
      }
    }
    guard let kept = past.facts, let facts = try? FactSheet(json: kept) else {
      tally.unreadable += 1
      return nil
    }
    return facts
  }
}

extension DecisionRepository.Outcome {
  /// What the ledger calls a verdict.
  init(_ verdict: Rule.Verdict) {
    switch verdict {
    case .approve: self = .approve
    case .review: self = .review
    case .reject: self = .reject
    }
  }
}
