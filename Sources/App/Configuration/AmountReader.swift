import Domain
import FoundationEssentials

/// Reads amounts in a currency.
struct AmountReader {
  /// Amounts are below this.
  static let bound = 1_000_000_000

  /// The currency; `nil` when it is at fault.
  let currency: Currency?

  /// The amount that `name` sets; `nil` when it is absent or at fault.
  /// - Parameter isPositive: whether it has to be above 0.
  func amount(
    _ name: String, isPositive: Bool, _ reader: inout EnvironmentReader
  ) -> Decimal? {
    guard let text = reader.text(name) else { return nil }
    let amount = amount(text, isPositive: isPositive)
    if amount == nil { reader.fault(of: name, demand(isPositive: isPositive)) }
    return amount
  }

  /// The amount that is written so; `nil` when it is none that can be taken.
  ///
  /// It has no more digits after the point than the store takes (`Currency.amountDigits`).
  /// - Parameter isPositive: whether it has to be above 0.
  func amount(_ text: String, isPositive: Bool) -> Decimal? {
    guard let amount = Money.decimal(text), isPositive ? amount > 0 : amount >= 0,
      amount < Decimal(Self.bound), Self.digits(text) <= digits
    else { return nil }
    return amount
  }

  /// What an amount has to be, as the end of a sentence that begins with its name.
  func demand(isPositive: Bool) -> String {
    let allowed =
      digits == 0
      ? "without digits after the point, as \(currency?.code ?? "the currency") has none"
      : "with at most \(digits) digits after the point"
    return
      "must be a decimal\(isPositive ? " above 0" : ", 0 or more"), below \(Self.bound), \(allowed)"
  }

  /// How many digits a decimal has after the point.
  static func digits(_ text: String) -> Int {
    text.split(separator: ".", omittingEmptySubsequences: false).dropFirst().first?.count ?? 0
  }

  private var digits: Int { currency?.amountDigits ?? 2 }
}
