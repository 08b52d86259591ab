/// What the shopkeeper gives away, and for what.
package struct Programme: Sendable {
  /// What the reward is at the store.
  package let kind: RewardKind
  /// How much the referrer receives for one friend's paid order.
  package let reward: Money

  /// Puts a programme together.
  package init(kind: RewardKind, reward: Money) {
    self.kind = kind
    self.reward = reward
  }
}
