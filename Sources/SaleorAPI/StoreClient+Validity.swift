package import Domain

extension StoreClient {
  /// The most units of a period that make sense: no calendar goes further.
  private static let longestPeriod = 10_000

  /// How long the store has its gift cards last, after its staff's settings; `nil` for ever.
  /// - Throws: `StoreError`, with the code `permissionDenied` when the App lacks MANAGE_GIFT_CARD;
  ///   `CancellationError`.
  package func giftCardValidity() async throws -> RewardPeriod? {
    let settings = try await graphQL.send(GiftCardSettingsQuery()).giftCardSettings
    switch settings.expiryType {
    case "NEVER_EXPIRE": return nil
    case "EXPIRY_PERIOD":
      guard let period = settings.expiryPeriod, (1...Self.longestPeriod).contains(period.amount),
        let unit = RewardPeriod.Unit(rawValue: period.type.lowercased())
      else {
        throw StoreError(.unexpectedAnswer, "GiftCardSettings: gift cards end, but not when")
      }
      return RewardPeriod(count: period.amount, unit: unit)
    default:
      throw StoreError(.unexpectedAnswer, "GiftCardSettings: an unknown type of expiry")
    }
  }
}
