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
  /// 1. a rule that rejects and hits, unless it can hold by the network alone: then it only reviews;
  /// 2. a score of `rejectAt` or more, unless every rule that adds to it can hold by the network
  ///    alone (then it only reviews), or a rule that approves hits;
  /// 3. a rule that failed: review;
  /// 4. a rule that approves and hits;
  /// 5. a rule that reviews and hits;
  /// 6. a score of `reviewAt` or more: review.
  ///
  /// Otherwise the case is approved. Of several rules on one of these steps the one with the highest
  /// weight is named, and of equal weights the first by name.
  package static func of(_ sheet: FactSheet, by set: RuleSet) -> Judgement {
    var outcomes: [RuleOutcome] = []
    outcomes.reserveCapacity(set.rulesByName.count)
    var findings = Findings()
    for rule in set.rulesByName {
      let result = RuleOutcome.Result(rule.condition.holds(for: sheet))
      let acts = rule.mode == .on
      if acts { findings.add(rule, result) }
      outcomes.append(
        RuleOutcome(
          rule: rule.name, result: result, mode: rule.mode,
          weight: acts && result == .hit ? rule.weight : 0))
    }
    let settled = settle(findings, by: set)
    return Judgement(
      outcome: settled.outcome, score: findings.score, rule: settled.rule, reason: settled.reason,
      outcomes: outcomes)
  }

  /// What the acting rules said.
  struct Findings {
    /// Those that hit.
    private(set) var hits: [Rule] = []
    /// Those that could not be asked.
    private(set) var failures: [Rule] = []
    /// The sum of the weights of the hits.
    private(set) var score = 0

    /// The hits that speak for the score.
    fileprivate var adding: [Rule] { hits.filter { $0.weight > 0 } }

    /// Adds what a rule said.
    mutating func add(_ rule: Rule, _ result: RuleOutcome.Result) {
      switch result {
      case .hit:
        hits.append(rule)
        score += rule.weight
      case .failed: failures.append(rule)
      case .miss, .unknown: break
      }
    }

    /// The strongest rule that hit and gives `verdict`.
    fileprivate func strongest(_ verdict: Rule.Verdict) -> Rule? {
      Judgement.strongest(hits) { $0.effectiveVerdict == verdict }
    }
  }

  /// An outcome, the rule that settled it, and its reason.
  typealias Settled = (outcome: Rule.Verdict, rule: String?, reason: String?)

  /// What follows from what the acting rules said.
  static func settle(_ found: Findings, by set: RuleSet) -> Settled {
    if found.hits.isEmpty && found.failures.isEmpty { return (.approve, nil, nil) }
    if let rule = found.strongest(.reject) { return (.reject, rule.name, rule.reason) }
    let approving = found.strongest(.approve)
    if let rejectAt = set.rejectAt, found.score >= rejectAt, approving == nil,
      !found.adding.allSatisfy(\.condition.restsOnNetworkAlone)
    {
      return (
        .reject, scoreName, reason(found, "\(rejectAt) is enough to reject")
      )
    }
    if let rule = strongest(found.failures, where: { _ in true }) {
      return (
        .review, rule.name,
        "The rule could not be asked, because a fact has another type than its signal."
      )
    }
    if let approving { return (.approve, approving.name, approving.reason) }
    if let rule = found.strongest(.review) { return (.review, rule.name, rule.reason) }
    if let reviewAt = set.reviewAt ?? set.rejectAt, found.score >= reviewAt {
      return (.review, scoreName, reason(found, "\(reviewAt) is enough to review"))
    }
    return (.approve, nil, nil)
  }

  fileprivate static func strongest(_ rules: [Rule], where fits: (Rule) -> Bool) -> Rule? {
    var strongest: Rule?
    for rule in rules where fits(rule) {
      if let other = strongest, (rule.weight, other.name) < (other.weight, rule.name) { continue }
      strongest = rule
    }
    return strongest
  }

  private static func reason(_ found: Findings, _ threshold: String) -> String {
    let parts = found.adding.sorted { ($1.weight, $0.name) < ($0.weight, $1.name) }
      .map { "\($0.name) (\($0.weight))" }
    return "The score is \(found.score), and \(threshold): \(parts.joined(separator: ", "))."
  }
}

extension Judgement.RuleOutcome.Result {
  /// What an answer of a condition is called; `nil` when it could not be asked.
  init(_ truth: Truth?) {
    switch truth {
    case .yes: self = .hit
    case .no: self = .miss
    case .unknown: self = .unknown
    case nil: self = .failed
    }
  }
}
