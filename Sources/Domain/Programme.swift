package import FoundationEssentials

/// What the shopkeeper gives away, and for what.
package struct Programme: Sendable {
  /// What the reward is at the store.
  package let kind: RewardKind
  /// How much the referrer receives for one friend's paid order.
  package let reward: Money
  /// How many days after the day of the decision (UTC) the reward can still be used; `nil` for ever.
  package let validityDays: Int?
  /// The subtotal from which a voucher counts, in the reward's currency; `nil` for any.
  package let minimumSpend: Decimal?

  /// Puts a programme together.
  package init(
    kind: RewardKind, reward: Money, validityDays: Int? = nil, minimumSpend: Decimal? = nil
  ) {
    self.kind = kind
    self.reward = reward
    self.validityDays = validityDays
    self.minimumSpend = minimumSpend
  }
}
