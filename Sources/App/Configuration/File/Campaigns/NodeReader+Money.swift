import Domain
import FoundationEssentials
import YAML

extension NodeReader {
  /// The entries of a mapping by currency, at least one; what has no value counts as left out.
  /// - Parameters:
  ///   - name: what the mapping is, for faults.
  ///   - example: what can stand there, for faults.
  mutating func byCurrency(
    _ node: YAMLNode, of name: String, example: String
  ) -> [(currency: Currency, entry: YAMLEntry)] {
    guard case .mapping(let entries) = node.value else {
      fault("\(name) must be given by currency, such as \(example)", at: node.place)
      return []
    }
    let given = entries.filter { !$0.node.isNull }
    if given.isEmpty { fault("\(name) names no currency", at: node.place) }
    return given.compactMap { entry in
      currency(entry.key, at: entry.place).map { ($0, entry) }
    }
  }

  /// Amounts by currency, at least one.
  /// - Parameter isPositive: whether they have to be above 0.
  mutating func amounts(
    _ node: YAMLNode, of name: String, isPositive: Bool = true
  ) -> [Currency: Decimal] {
    var amounts: [Currency: Decimal] = [:]
    for (currency, entry) in byCurrency(node, of: name, example: "{USD: 10.00}") {
      amounts[currency] = amount(
        entry.node, of: "\(name).\(currency)", in: currency, isPositive: isPositive)
    }
    return amounts
  }

  /// An amount in a currency.
  /// - Parameter isPositive: whether it has to be above 0.
  mutating func amount(
    _ node: YAMLNode, of name: String, in currency: Currency, isPositive: Bool = true
  ) -> Decimal? {
    guard let text = scalar(node, of: name)?.text else { return nil }
    let reader = AmountReader(currency: currency)
    let amount = reader.amount(text, isPositive: isPositive)
    if amount == nil {
      fault(
        "\(name) \(reader.demand(isPositive: isPositive)), not \(Self.quoted(text))",
        at: node.place)
    }
    return amount
  }

  /// A currency by its code.
  mutating func currency(_ text: String, at place: YAMLPlace) -> Currency? {
    if let currency = Currency(text), currency.fractionDigits != nil { return currency }
    let meant = Currency(text.uppercased()).flatMap { $0.fractionDigits == nil ? nil : $0 }
    fault(
      "\(Self.quoted(text)) is no currency of ISO 4217"
        + (meant.map { "; did you mean `\($0)`?" } ?? ", such as USD"), at: place)
    return nil
  }

  /// A percentage, above 0 and at most 100.
  mutating func percent(_ node: YAMLNode, of name: String) -> Decimal? {
    guard let text = scalar(node, of: name)?.text else { return nil }
    guard let percent = Money.decimal(text), percent > 0, percent <= 100,
      AmountReader.digits(text) <= 2
    else {
      fault(
        "\(name) must be a decimal above 0 and at most 100, with at most 2 digits after the point, "
          + "not \(Self.quoted(text))", at: node.place)
      return nil
    }
    return percent
  }
}
