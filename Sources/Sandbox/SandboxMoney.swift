import FoundationEssentials

extension JSONValue {
  /// An amount as the store prints it: a JSON float, so `10` is `10.0`.
  static func amount(_ amount: Decimal) -> JSONValue {
    let text = amount.description
    return .number(text.contains(".") ? text : text + ".0")
  }

  /// A `Money` object.
  static func money(_ amount: Decimal, _ currency: String) -> JSONValue {
    ["amount": .amount(amount), "currency": .string(currency)]
  }

  /// A `TaxedMoney` object without any tax.
  static func taxedMoney(_ amount: Decimal, _ currency: String) -> JSONValue {
    [
      "currency": .string(currency), "gross": .money(amount, currency),
      "net": .money(amount, currency), "tax": .money(0, currency),
    ]
  }

  /// The number of a `PositiveDecimal`, which the store takes as a number and as a string.
  var asDecimal: Decimal? {
    switch self {
    case .number(let text), .string(let text):
      JSONParser.isNumber(text) ? Decimal(string: text) : nil
    case .null, .bool, .array, .object: nil
    }
  }
}

extension Decimal {
  /// How many digits stand after the point, trailing zeros left away.
  var fractionDigits: Int {
    let parts = description.split(separator: ".")
    return parts.count > 1 ? parts[1].count : 0
  }
}
