import Domain
import FoundationEssentials

/// Reads amounts in the currency of the rewards.
struct AmountReader {
  /// Amounts are below this.
  static let bound = 1_000_000_000

  /// The currency; `nil` when it is at fault.
  let currency: Currency?

  /// The amount that `name` sets; `nil` when it is absent or at fault.
  ///
  /// It has no more digits after the point than the currency, and two at most: the store takes no
  /// more (recorded refusals of giftCardCreate and voucherChannelListingUpdate).
  /// - Parameter isPositive: whether it has to be above 0.
  func amount(
    _ name: String, isPositive: Bool, _ reader: inout EnvironmentReader
  ) -> Decimal? {
    guard let text = reader.text(name) else { return nil }
    let digits = min(currency?.fractionDigits ?? 2, 2)
    if let amount = Money.decimal(text), isPositive ? amount > 0 : amount >= 0,
      amount < Decimal(Self.bound),
      (text.split(separator: ".", omittingEmptySubsequences: false).dropFirst().first?.count ?? 0)
        <= digits
    {
      return amount
    }
    let allowed =
      digits == 0
      ? "without digits after the point, as \(currency?.code ?? "the currency") has none"
      : "with at most \(digits) digits after the point"
    reader.fault(
      of: name,
      "must be a decimal\(isPositive ? " above 0" : ", 0 or more"), below \(Self.bound), \(allowed)"
    )
    return nil
  }
}
