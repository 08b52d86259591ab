/// What a reward is at the store.
package enum RewardKind: String, Sendable, CaseIterable {
  /// Money on a card that any customer can spend.
  case giftCard = "gift_card"
  /// A discount of a fixed amount on one whole order.
  case voucher
}
