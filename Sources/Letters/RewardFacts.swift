package import Domain
package import FoundationEssentials

/// What a reward letter tells.
package struct RewardFacts: Sendable {
  /// How the reward's owner is called; nil when the store does not know.
  package var name: String?
  /// What the reward is worth.
  package var amount: Money
  /// How many percent a voucher takes off, which is told in place of the amount; nil for an amount.
  package var percentOff: Decimal?
  /// The code to enter at the checkout.
  package var code: String
  /// The last day on which the code can be used; nil when there is none.
  package var expiry: CalendarDay?
  /// The smallest order that the code can be used for; nil when there is none.
  package var minimum: Money?
  /// Whether the code counts on some of the shop's goods only.
  package var isOnSelectedGoods = false
  /// For which of his orders the owner gets it; nil when it is not for a number of them.
  package var milestone: Int?
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
      case .amount:
        percentOff.map { Self.text($0, in: language) } ?? Self.text(amount, in: language)
      case .code: code
      case .expiry: expiry?.text(in: language)
      case .minimum: minimum.map { Self.text($0, in: language) }
      case .goods: isOnSelectedGoods ? Self.selectedGoods(in: language) : nil
      case .milestone: milestone.map(String.init)
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

  // Whole units as they are, parts with the digits of the currency: 10 USD, 10.50 USD, 1,500 KWD.
  private static func text(_ money: Money, in language: LetterLanguage) -> String {
    let parts = "\(money.amount)".split(separator: ".")
    guard parts.count == 2 else { return "\(money.amount) \(money.currency)" }
    let missing = (money.currency.fractionDigits ?? 2) - parts[1].utf8.count
    let digits = parts[1] + String(repeating: "0", count: max(0, missing))
    return "\(parts[0])\(point(in: language))\(digits) \(money.currency)"
  }

  private static func text(_ percent: Decimal, in language: LetterLanguage) -> String {
    let number = "\(percent)".replacing(".", with: point(in: language))
    return switch language {
    case .english: "\(number) % off"
    case .russian: "скидка \(number) %"
    }
  }

  private static func selectedGoods(in language: LetterLanguage) -> String {
    switch language {
    case .english: "selected goods"
    case .russian: "отдельные товары"
    }
  }

  private static func point(in language: LetterLanguage) -> String {
    language == .russian ? "," : "."
  }
}
