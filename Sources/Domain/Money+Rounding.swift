package import FoundationEssentials

extension Money {
  /// The amount with as many digits as its currency has (`Currency.amountDigits`), rounded half up:
  /// what lies in the middle goes away from zero.
  package var rounded: Money {
    Money(amount: amount.rounded(digits: currency.amountDigits), currency: currency)
  }
}

extension Decimal {
  /// The number with so many digits behind the point, 0 or more, rounded half up: what lies in the
  /// middle goes away from zero.
  package func rounded(digits: Int) -> Decimal {
    var unit = Decimal(1)
    for _ in 0..<digits { unit /= 10 }
    let parts = "\(magnitude)".split(separator: ".", maxSplits: 1)
    let fraction = parts.count > 1 ? parts[1] : ""
    let kept = "\(parts.first ?? "0").\(fraction.prefix(digits))0"
    guard var rounded = Decimal(string: kept) else { return self }
    if let next = fraction.dropFirst(digits).first, next >= "5" { rounded += unit }
    return self < 0 ? -rounded : rounded
  }
}
