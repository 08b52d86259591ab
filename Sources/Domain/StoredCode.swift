/// A promo code of either kind as the store has it under the code of a reward.
package struct StoredCode: Sendable, Equatable {
  /// What it is.
  package let kind: RewardKind
  /// Its id at the store.
  package let id: String
  /// The reward that it names; `nil` when it names none.
  package let rewardID: String?
  /// Whether it can be used: a card that is active, a voucher that has not been ended.
  package let isActive: Bool
  /// Whether it was made inactive, only so that the code is taken.
  package let isTombstone: Bool
  /// Whether something is missing before it is worth anything: a voucher's listing in a channel.
  package let isIncomplete: Bool

  /// Puts a code together.
  package init(
    kind: RewardKind, id: String, rewardID: String?, isActive: Bool, isTombstone: Bool = false,
    isIncomplete: Bool = false
  ) {
    self.kind = kind
    self.id = id
    self.rewardID = rewardID
    self.isActive = isActive
    self.isTombstone = isTombstone
    self.isIncomplete = isIncomplete
  }
}
