import FoundationEssentials

extension Money {
  /// The amount with as many digits as its currency has (`Currency.fractionDigits`; two for one that
  /// the standard does not list), rounded half up: what lies in the middle goes away from zero.
  package var rounded: Money {
    Money(amount: Self.round(amount, digits: currency.fractionDigits ?? 2), currency: currency)
  }

  private static func round(_ amount: Decimal, digits: Int) -> Decimal {
    var unit = Decimal(1)
    for _ in 0..<digits { unit /= 10 }
    let parts = "\(amount.magnitude)".split(separator: ".", maxSplits: 1)
    let fraction = parts.count > 1 ? parts[1] : ""
    let kept = "\(parts.first ?? "0").\(fraction.prefix(digits))0"
    guard var rounded = Decimal(string: kept) else { return amount }
    if let next = fraction.dropFirst(digits).first, next >= "5" { rounded += unit }
    return amount < 0 ? -rounded : rounded
  }
}
