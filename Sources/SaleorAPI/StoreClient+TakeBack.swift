package import Domain
import FoundationEssentials

extension StoreClient {
  /// What became of a promo code that was to be made worthless.
  package enum Closing: Sendable, Equatable {
    /// It is worthless now. Of a gift card, what was spent before; of a voucher, `nil` when it was
    /// not used.
    case closed(spent: Money?)
    /// A voucher that had been used.
    case closedAfterUse
    /// The store knows none of that id.
    case gone
  }

  /// Makes a gift card worthless and marks it as made so by Laurel. Repeating it changes nothing.
  /// - Throws: `StoreError`, `CancellationError`.
  package func deactivateGiftCard(id: String) async throws -> Closing {
    let answer = try await graphQL.send(GiftCardDeactivate(id: id))
    let payload = answer.giftCardDeactivate
    if let error = payload.errors.first {
      if error.code == "NOT_FOUND" { return .gone }
      throw StoreError(.unexpectedAnswer, "GiftCardDeactivate: \(error.summary)")
    }
    guard let card = payload.giftCard, !card.isActive else {
      throw StoreError(.unexpectedAnswer, "GiftCardDeactivate: the card is still active")
    }
    if let error = answer.updatePrivateMetadata?.errors.first {
      throw StoreError(.unexpectedAnswer, "GiftCardDeactivate: not marked: \(error.summary)")
    }
    guard let initial = try card.initialBalance?.money(),
      let current = try card.currentBalance?.money(), current.currency == initial.currency
    else { throw StoreError(.unexpectedAnswer, "GiftCardDeactivate: no balance") }
    return .closed(
      spent: Money(amount: max(initial.amount - current.amount, 0), currency: initial.currency))
  }

  /// Ends a voucher in the past. Repeating it changes nothing.
  /// - Throws: `StoreError`, `CancellationError`.
  package func closeVoucher(id: String) async throws -> Closing {
    let payload = try await graphQL.send(VoucherClose(id: id)).voucherUpdate
    if let error = payload.errors.first {
      if error.code == "NOT_FOUND" { return .gone }
      throw StoreError(.unexpectedAnswer, "VoucherClose: \(error.summary)")
    }
    guard let voucher = payload.voucher else {
      throw StoreError(.unexpectedAnswer, "VoucherClose: neither a voucher nor an error")
    }
    return voucher.used > 0 ? .closedAfterUse : .closed(spent: nil)
  }

  /// Makes a voucher with this code that ended in the past, so that none that is worth anything can
  /// be made with it.
  /// - Throws: `StoreError` when the outcome is unknown or the call cannot be made now,
  ///   `CancellationError`.
  package func createClosedVoucher(
    code: String, rewardID: String
  ) async throws -> Creation<Voucher> {
    try await create(
      voucher: .init(
        name: Voucher.name(rewardID: rewardID), addCodes: [code], startDate: Voucher.closedFrom,
        endDate: Voucher.closedUntil))
  }
}
