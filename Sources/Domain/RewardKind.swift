/// What a reward is at the store.
package enum RewardKind: String, Sendable {
  /// Money on a card that any customer can spend.
  case giftCard = "gift_card"
}
