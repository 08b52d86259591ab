/// What the rules say of one case: pure, the same for the same facts, whatever the sequence of the
/// rules.
package struct Judgement: Sendable, Equatable {
  /// What became of one rule.
  package struct RuleOutcome: Sendable, Equatable {
    /// What a rule says of a case.
    package enum Result: String, Sendable, CaseIterable {
      /// Its condition holds.
      case hit
      /// Its condition does not hold.
      case miss
      /// A fact is missing: it does not count.
      case unknown
      /// It could not be asked: the case goes to review.
      case failed
    }

    /// The rule's name.
    package let rule: String
    /// What it says.
    package let result: Result
    /// Whether it acts.
    package let mode: Rule.Mode
    /// What it added to the score; 0 unless it hit and acts.
    package let weight: Int

    /// Puts an outcome together.
    package init(rule: String, result: Result, mode: Rule.Mode, weight: Int) {
      self.rule = rule
      self.result = result
      self.mode = mode
      self.weight = weight
    }
  }

  /// approve, review or reject.
  package let outcome: Rule.Verdict
  /// The sum of the weights of the rules that hit and act.
  package let score: Int
  /// The rule that settled the outcome, or `score`; `nil` when nothing speaks against the reward.
  package let rule: String?
  /// Its reason.
  package let reason: String?
  /// What became of each rule, by name.
  package let outcomes: [RuleOutcome]

  /// Puts a judgement together.
  package init(
    outcome: Rule.Verdict, score: Int, rule: String?, reason: String?, outcomes: [RuleOutcome]
  ) {
    self.outcome = outcome
    self.score = score
    self.rule = rule
    self.reason = reason
    self.outcomes = outcomes
  }

  /// How `rule` names the score.
  package static let scoreName = "score"

  /// Asks the rules. What settles the outcome, from the strongest:
  ///
  /// 1. a rule that rejects and hits;
  /// 2. a score of `rejectAt` or more, unless every rule that adds to it rests on the network alone;
  /// 3. a rule that failed: review;
  /// 4. a rule that approves and hits;
  /// 5. a rule that reviews and hits, or a score of `reviewAt` or more.
  ///
  /// Otherwise the case is approved. An approving rule also outweighs the score of 2.
  package static func of(_ sheet: FactSheet, by set: RuleSet) -> Judgement {
    // To be built: the engine.
    Judgement(outcome: .approve, score: 0, rule: nil, reason: nil, outcomes: [])
  }
}
