/// A card as far as the store's payment plugin tells of it.
package struct PaymentCard: Sendable, Equatable {
  /// The card's brand, such as `visa`.
  package let brand: String
  /// The last four digits of its number.
  package let lastDigits: String
  /// The month in which it ends, 1 to 12; `nil` when the plugin does not tell.
  package let expiryMonth: Int?
  /// The year in which it ends; `nil` when the plugin does not tell.
  package let expiryYear: Int?

  /// Puts a card together.
  package init(brand: String, lastDigits: String, expiryMonth: Int?, expiryYear: Int?) {
    self.brand = brand
    self.lastDigits = lastDigits
    self.expiryMonth = expiryMonth
    self.expiryYear = expiryYear
  }

  /// What tells the card from most others; `nil` without all four digits and both parts of the
  /// expiry date, because very many cards have the same digits.
  package var canonical: String? {
    guard let expiryMonth, let expiryYear, lastDigits.utf8.count == 4,
      lastDigits.allSatisfy({ $0.isASCII && $0.isNumber })
    else { return nil }
    // Some plugins give the year with two digits.
    let year = expiryYear < 100 ? 2000 + expiryYear : expiryYear
    return "\(brand.folded)|\(lastDigits)|\(expiryMonth)|\(year)"
  }
}
