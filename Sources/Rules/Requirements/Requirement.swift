/// One condition of the programme: a name, a sentence for the shopkeeper, and the check itself.
package struct Requirement: Sendable {
  /// What a rule says of one case.
  package enum Verdict: Sendable, Equatable {
    /// Nothing against the reward.
    case pass
    /// No reward, for this reason; it names the values on which it rests.
    case reject(String)
    /// Not decidable yet, for this reason: read the order again later.
    case wait(String)
  }

  /// A stable name, as it stands in the ledger and in metrics.
  package let name: String
  /// What the rule is for, in one sentence.
  package let purpose: String
  /// The check: pure, the same answer for the same facts.
  package let check: @Sendable (Facts) -> Verdict

  /// Puts a rule together.
  package init(name: String, purpose: String, check: @escaping @Sendable (Facts) -> Verdict) {
    self.name = name
    self.purpose = purpose
    self.check = check
  }
}
