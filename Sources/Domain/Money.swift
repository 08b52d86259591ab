package import FoundationEssentials

/// An amount of money: a decimal, never a binary fraction, with its currency.
package struct Money: Hashable, Sendable, CustomStringConvertible {
  /// The amount in units of the currency (10.50, not 1050).
  package let amount: Decimal
  /// The currency of the amount.
  package let currency: Currency

  /// Puts an amount and its currency together.
  package init(amount: Decimal, currency: Currency) {
    self.amount = amount
    self.currency = currency
  }

  /// For people: "10.5 USD".
  package var description: String { "\(amount) \(currency)" }

  /// Reads a plain decimal: digits with at most one point and an optional minus.
  ///
  /// `Decimal(string:)` reads "10abc" as 10; money must not be guessed.
  package static func decimal(_ text: String) -> Decimal? {
    var digits = 0
    var points = 0
    for (position, byte) in text.utf8.enumerated() {
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): digits += 1
      case UInt8(ascii: "."): points += 1
      case UInt8(ascii: "-") where position == 0: break
      default: return nil
      }
    }
    guard digits > 0, digits <= 38, points <= 1 else { return nil }
    return Decimal(string: text)
  }
}
