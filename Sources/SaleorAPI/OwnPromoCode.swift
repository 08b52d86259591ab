package import Domain
package import FoundationEssentials

/// A promo code at the store that tells of a reward of Laurel's: by a gift card's metadata, or by a
/// voucher's name.
package struct OwnPromoCode: Sendable, Equatable {
  /// What it is.
  package let kind: RewardKind
  /// Its id at the store.
  package let id: String
  /// The code, which is money: it is compared and never kept. `nil` for a voucher without any.
  package let code: String?
  /// The reward that it names; `nil` when what stands there is no reward's id.
  package let rewardID: UUID?
  /// The order that earned it; `nil` when it does not tell.
  package let orderID: String?
  /// What it was made with; `nil` for a voucher that is listed in no channel.
  package let amount: Decimal?
  /// The currency of the amounts, as the store has it.
  package let currency: String
  /// What was spent of it.
  package let spent: Decimal
  /// Whether any of it was used.
  package let isUsed: Bool
  /// Whether it can be used, as far as nobody has switched it off.
  package let isActive: Bool
  /// Whether Laurel made it worthless: a tombstone, or a reward that was taken back.
  package let isRevoked: Bool
  /// From when on it can no longer be used; `nil` for never.
  package let endsAt: Date?

  /// The card.
  init(_ card: OwnGiftCardFields) throws(StoreError) {
    let entries = card.metadata + card.privateMetadata + card.events.entries
    kind = .giftCard
    id = card.id
    code = card.code
    rewardID = entries.value(of: GiftCard.rewardIDKey).flatMap(UUID.init)
    orderID = entries.value(of: GiftCard.orderIDKey)
    amount = card.initialBalance.amount
    currency = card.initialBalance.currency
    spent = max(card.initialBalance.amount - card.currentBalance.amount, 0)
    isUsed = spent > 0 || card.events.contains { $0.type == "USED_IN_ORDER" }
    isActive = card.isActive
    isRevoked = !card.isActive && entries.value(of: GiftCard.revokedKey) != nil
    // A card can be used on its last day.
    endsAt = try card.expiryDate.map { day throws(StoreError) in
      try Self.instant("\(day)T00:00:00Z").addingTimeInterval(86_400)
    }
  }

  /// The voucher.
  init(_ voucher: OwnVoucherFields) throws(StoreError) {
    let codes = voucher.codes?.edges.map(\.node) ?? []
    let listing = voucher.channelListings?.first
    kind = .voucher
    id = voucher.id
    code = codes.first?.code
    rewardID = Voucher.rewardID(name: voucher.name ?? "").flatMap(UUID.init)
    orderID = voucher.privateMetadata.value(of: GiftCard.orderIDKey)
    amount = listing?.discountValue
    currency = listing?.currency ?? ""
    // A code that is used once becomes inactive with its use (FACTS §8).
    isUsed = codes.contains { ($0.used ?? 0) > 0 || $0.isActive == false }
    spent = isUsed ? listing?.discountValue ?? 0 : 0
    isRevoked = Voucher.isClosed(endDate: voucher.endDate)
    isActive = !codes.isEmpty && !isRevoked
    endsAt = try voucher.endDate.map(Self.instant)
  }

  private static func instant(_ text: String) throws(StoreError) -> Date {
    guard let date = StoreTime.date(text) else {
      throw StoreError(.unexpectedAnswer, "a promo code's end is no date")
    }
    return date
  }
}

extension [OwnVoucherFields] {
  /// The vouchers of Laurel's among them: staff can name theirs as they like.
  func own() throws -> [OwnPromoCode] {
    try map(OwnPromoCode.init).filter { $0.rewardID != nil }
  }
}
