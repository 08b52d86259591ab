/// One antifraud rule of a shop: when it hits, what it gives, and why.
package struct Rule: Sendable {
  /// What a rule gives when it hits.
  package enum Verdict: String, Sendable, CaseIterable {
    /// The buyer and the referrer are trusted: a score or a doubt does not hold the reward.
    case approve
    /// Somebody has to look at the case.
    case review
    /// No reward.
    case reject
  }

  /// Whether a rule acts.
  package enum Mode: String, Sendable, CaseIterable {
    /// It acts.
    case on
    /// It is asked and counted, and changes nothing.
    case shadow
  }

  /// A stable name: small letters, digits and underscores; it stands in the ledger and in metrics.
  package let name: String
  /// Why it refuses or doubts, in a sentence for the shopkeeper.
  package let reason: String
  /// When it hits.
  package let condition: Condition
  /// What it gives when it hits; `nil` when it only adds its weight to the score.
  package let verdict: Verdict?
  /// What a hit adds to the score, -1000 to 1000; less than 0 only for a rule that approves.
  package let weight: Int
  /// Whether it acts.
  package let mode: Mode

  /// Puts a rule together.
  package init(
    name: String, reason: String, condition: Condition, verdict: Verdict?, weight: Int, mode: Mode
  ) {
    self.name = name
    self.reason = reason
    self.condition = condition
    self.verdict = verdict
    self.weight = weight
    self.mode = mode
  }

  /// What a hit comes to: a rule that can hold by the network alone never rejects, for many people
  /// share one. The reader of the file refuses such a rule; here is the last word.
  var effectiveVerdict: Verdict? {
    verdict == .reject && condition.restsOnNetworkAlone ? .review : verdict
  }
}
