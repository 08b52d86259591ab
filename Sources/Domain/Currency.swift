/// A currency by its ISO 4217 code: three capital letters.
///
/// Saleor takes any text as a gift card's currency and makes a card that no checkout accepts
/// (recorded: `giftCardCreate-ACCEPTED-bad-currency`), so the shape is checked here.
package struct Currency: Hashable, Sendable, CustomStringConvertible {
  /// The three letters, upper case.
  package let code: String

  /// Accepts three ASCII letters in upper case and nothing else; `nil` otherwise.
  package init?(_ code: String) {
    guard code.utf8.count == 3, code.utf8.allSatisfy({ (0x41...0x5A).contains($0) }) else {
      return nil
    }
    self.code = code
  }

  package var description: String { code }
}
