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
  /// What it tells of where it comes from.
  package let origin: RewardOrigin
  /// What it was made with, or what a voucher that takes off percent counts for; `nil` for a voucher
  /// that is listed in no channel.
  package let amount: Decimal?
  /// What a voucher takes off in percent; `nil` when it takes off the amount, or is listed nowhere.
  package let percentOff: Decimal?
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
    let named = entries.value(of: GiftCard.rewardIDKey)
    rewardID = named.flatMap(UUID.init)
    origin = RewardOrigin(rewardID: named ?? "", entries)
    percentOff = nil
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
    let named = Voucher.rewardID(name: voucher.name ?? "")
    rewardID = named.flatMap(UUID.init)
    origin = RewardOrigin(rewardID: named ?? "", voucher.privateMetadata)
    let takesPercent = voucher.discountValueType == .percentage
    amount = listing.flatMap { [origin] in takesPercent ? origin.amount : $0.discountValue }
    percentOff = takesPercent ? listing?.discountValue : nil
    currency = listing?.currency ?? ""
    // A code that is used once becomes inactive with its use (FACTS §8).
    isUsed = codes.contains { ($0.used ?? 0) > 0 || $0.isActive == false }
    spent = isUsed ? amount ?? 0 : 0
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
