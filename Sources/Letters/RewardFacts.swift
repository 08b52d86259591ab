package import Domain

/// What a reward letter tells.
package struct RewardFacts: Sendable {
  /// How the referrer is called; nil when the store does not know.
  package var name: String?
  /// What the reward is worth.
  package var amount: Money
  /// The code to enter at the checkout.
  package var code: String
  /// The last day on which the code can be used; nil when there is none.
  package var expiry: CalendarDay?
  /// The smallest order that the code can be used for; nil when there is none.
  package var minimum: Money?
  /// What the shop calls itself.
  package var shop: String

  /// Puts the facts together.
  package init(
    name: String?, amount: Money, code: String, expiry: CalendarDay? = nil, minimum: Money? = nil,
    shop: String
  ) {
    self.name = name
    self.amount = amount
    self.code = code
    self.expiry = expiry
    self.minimum = minimum
    self.shop = shop
  }

  /// What stands where a template has a placeholder, in this language; nil leaves it empty and its
  /// section out. Always a single line: a name with a line break must not look like a paragraph of
  /// the shop's own.
  func value(of placeholder: Placeholder, in language: LetterLanguage) -> String? {
    let text =
      switch placeholder {
      case .name: name
      case .amount: Self.text(amount, in: language)
      case .code: code
      case .expiry: expiry?.text(in: language)
      case .minimum: minimum.map { Self.text($0, in: language) }
      case .shop: shop
      }
    guard let text else { return nil }
    let parts = text.unicodeScalars.split { $0.properties.isWhitespace || Self.isControl($0) }
    let line = parts.map { String($0) }.joined(separator: " ")
    return line.isEmpty ? nil : line
  }

  // Controls and what turns the direction of the text around: neither belongs into a name.
  private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x00...0x1f, 0x7f...0x9f, 0x202a...0x202e, 0x2066...0x2069: true
    default: false
    }
  }

  // Whole units as they are, parts with at least two digits: 10 USD, 10.50 USD, 10,50 USD.
  private static func text(_ money: Money, in language: LetterLanguage) -> String {
    let parts = "\(money.amount)".split(separator: ".")
    guard parts.count == 2 else { return "\(money.amount) \(money.currency)" }
    let digits = parts[1].count == 1 ? "\(parts[1])0" : String(parts[1])
    let point = language == .russian ? "," : "."
    return "\(parts[0])\(point)\(digits) \(money.currency)"
  }
}
