package import FoundationEssentials

/// What has become of a gift card or a voucher at the store.
package struct PromoCodeState: Sendable, Equatable {
  /// Whether any of it was spent.
  package let isUsed: Bool
  /// What was spent of a gift card, in its currency; a voucher does not tell.
  package let spent: Decimal?
  /// Whether it can be used, as far as staff have not switched it off.
  package let isActive: Bool
  /// From when on it can no longer be used; `nil` for never.
  package let endsAt: Date?

  /// Puts a state together.
  package init(isUsed: Bool, spent: Decimal?, isActive: Bool, endsAt: Date?) {
    self.isUsed = isUsed
    self.spent = spent
    self.isActive = isActive
    self.endsAt = endsAt
  }
}

extension StoreClient {
  /// The gift card as it stands now; `nil` when the store, or its replica, knows none of that id.
  /// - Throws: `StoreError`, `CancellationError`.
  package func giftCardState(_ id: String) async throws -> PromoCodeState? {
    guard let card = try await graphQL.send(GiftCardState(id: id)).giftCard else { return nil }
    let spent = card.initialBalance.amount - card.currentBalance.amount
    // A card can be used on its last day.
    let lastDay = try card.expiryDate.map { try Self.instant("\($0)T00:00:00Z") }
    return PromoCodeState(
      isUsed: spent > 0 || card.events.contains { $0.type == "USED_IN_ORDER" },
      spent: max(spent, 0), isActive: card.isActive,
      endsAt: lastDay?.addingTimeInterval(86_400))
  }

  /// The voucher as it stands now; `nil` when the store, or its replica, knows none of that id.
  /// - Throws: `StoreError`, `CancellationError`.
  package func voucherState(_ id: String) async throws -> PromoCodeState? {
    guard let voucher = try await graphQL.send(VoucherState(id: id)).voucher else { return nil }
    let codes = voucher.codes?.edges.map(\.node) ?? []
    // A code that is used once becomes inactive with its use (FACTS §8). Without any code, nobody
    // can use the voucher.
    return PromoCodeState(
      isUsed: codes.contains { ($0.used ?? 0) > 0 || $0.isActive == false }, spent: nil,
      isActive: !codes.isEmpty, endsAt: try voucher.endDate.map(Self.instant))
  }

  /// An instant as the store writes it, with or without a fraction of a second, which is cut off.
  private static func instant(_ text: String) throws(StoreError) -> Date {
    var whole = text
    if let point = text.firstIndex(of: ".") {
      let digits = text[text.index(after: point)...].prefix(while: \.isNumber)
      whole = String(text[..<point]) + text[digits.endIndex...]
    }
    do {
      return try Date.ISO8601FormatStyle(timeZoneSeparator: .colon).parse(whole)
    } catch {
      throw StoreError(.unexpectedAnswer, "an expiry date is no date")
    }
  }
}
