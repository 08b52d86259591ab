import Domain
import FoundationEssentials
import YAML

/// Reads how much a reward is.
struct AmountRuleReader {
  /// The keys of which a reward has exactly one.
  static let kinds = ["amount", "percent", "tiers", "milestones"]
  /// The keys that a percentage can have beside it.
  static let percentKeys = ["cap", "currencies"]
  private static let milestoneNumbers = 1...10_000

  /// How much the reward with these entries is; `nil` when that is at fault.
  /// - Parameter place: where the reward begins.
  func rule(
    _ entries: [String: YAMLEntry], at place: YAMLPlace, _ reader: inout NodeReader
  ) -> AmountRule? {
    let written = Self.kinds.compactMap { entries[$0] }.sorted { $0.place < $1.place }
    if written.isEmpty {
      reader.fault(
        "a reward needs one of \(Self.kinds.joined(separator: ", ")): how much it is", at: place)
    } else if let second = written.dropFirst().first {
      reader.fault(
        "a reward has only one of \(Self.kinds.joined(separator: ", ")), and this has "
          + written.map(\.key).joined(separator: " and "), at: second.place)
    }
    if entries["percent"] == nil {
      for key in Self.percentKeys {
        guard let entry = entries[key] else { continue }
        reader.fault("\(key) can only stand beside `percent`", at: entry.place)
      }
    }
    // Each is looked through for faults, also where one is too many.
    var rules: [AmountRule?] = []
    for entry in written {
      switch entry.key {
      case "amount": rules.append(.fixed(reader.amounts(entry.node, of: "amount")))
      case "percent": rules.append(percent(entry.node, entries, &reader))
      case "tiers": rules.append(tiers(entry.node, &reader))
      default: rules.append(milestones(entry.node, &reader))
      }
    }
    return rules.count == 1 ? rules[0] : nil
  }

  private func percent(
    _ node: YAMLNode, _ entries: [String: YAMLEntry], _ reader: inout NodeReader
  ) -> AmountRule? {
    let percent = reader.percent(node, of: "percent")
    let texts = entries["currencies"].flatMap { reader.texts($0.node, of: "currencies") } ?? []
    let currencies = Set(texts.compactMap { reader.currency($0.text, at: $0.place) })
    let cap = entries["cap"].map { reader.amounts($0.node, of: "cap") } ?? [:]
    if !texts.isEmpty, case .mapping(let entries) = entries["cap"]?.node.value {
      for entry in entries {
        guard let currency = Currency(entry.key), cap[currency] != nil,
          !currencies.contains(currency)
        else { continue }
        reader.fault(
          "a cap in \(currency) would never count, as `currencies` does not name it",
          at: entry.place)
      }
    }
    guard let percent else { return nil }
    let rule = AmountRule.percent(percent, cap: cap, currencies: currencies)
    if let open = rule.unbounded(by: cap), let place = entries["cap"]?.place {
      reader.notice(
        "\(percent) percent are paid in \(open) without a cap: none is named for it, and "
          + "`currencies` says in which the reward is paid", at: place)
    }
    return rule
  }

  private func tiers(_ node: YAMLNode, _ reader: inout NodeReader) -> AmountRule {
    var tiers: [Currency: [AmountRule.Tier]] = [:]
    let example = "{USD: [{from: 0, amount: 10.00}]}"
    for (currency, entry) in reader.byCurrency(node, of: "tiers", example: example) {
      tiers[currency] = self.tiers(entry.node, in: currency, &reader)
    }
    return .tiers(tiers)
  }

  /// The tiers of a currency, each of which begins where the one before ends, or behind that.
  private func tiers(
    _ node: YAMLNode, in currency: Currency, _ reader: inout NodeReader
  ) -> [AmountRule.Tier] {
    guard let items = reader.items(node, of: "tiers.\(currency)") else { return [] }
    if items.isEmpty { reader.fault("tiers.\(currency) has no tier", at: node.place) }
    var tiers: [AmountRule.Tier] = []
    for item in items {
      guard let tier = tier(item, in: currency, &reader) else { continue }
      if let before = tiers.last { check(tier, behind: before, currency, item.place, &reader) }
      tiers.append(tier)
    }
    return tiers
  }

  private func tier(
    _ node: YAMLNode, in currency: Currency, _ reader: inout NodeReader
  ) -> AmountRule.Tier? {
    let entries = reader.entries(node, of: "a tier", keys: ["from", "below", "amount"])
    guard case .mapping = node.value else { return nil }
    for key in ["from", "amount"] where entries[key] == nil {
      reader.fault("a tier needs `\(key)`", at: node.place)
    }
    let from = entries["from"].flatMap {
      reader.amount($0.node, of: "from", in: currency, isPositive: false)
    }
    let below = entries["below"].flatMap { reader.amount($0.node, of: "below", in: currency) }
    let amount = entries["amount"].flatMap { reader.amount($0.node, of: "amount", in: currency) }
    guard let from, let amount else { return nil }
    if let below, below <= from, let place = entries["below"]?.node.place {
      reader.fault(
        "below, \(below), must be more than from, \(from): no order would be in this tier",
        at: place)
    }
    return AmountRule.Tier(from: from, below: below, amount: amount)
  }

  private func check(
    _ tier: AmountRule.Tier, behind before: AmountRule.Tier, _ currency: Currency,
    _ place: YAMLPlace, _ reader: inout NodeReader
  ) {
    if tier.from <= before.from {
      reader.fault(
        "tiers must rise: this one begins at \(tier.from) \(currency), the one before at "
          + "\(before.from)", at: place)
    } else if let below = before.below, below > tier.from {
      reader.fault(
        "this tier begins at \(tier.from) \(currency), and the one before reaches up to \(below): "
          + "they overlap", at: place)
    } else if let below = before.below, below < tier.from {
      reader.notice(
        "orders from \(below) to below \(tier.from) \(currency) earn nothing, as no tier is for "
          + "them", at: place)
    }
  }

  private func milestones(_ node: YAMLNode, _ reader: inout NodeReader) -> AmountRule? {
    guard case .mapping(let entries) = node.value else {
      reader.fault(
        "milestones must give an amount by the number of the order, such as {1: {USD: 5.00}}",
        at: node.place)
      return nil
    }
    var milestones: [Int: [Currency: Decimal]] = [:]
    for entry in entries where !entry.node.isNull {
      guard let number = Int(entry.key), Self.milestoneNumbers.contains(number),
        "\(number)" == entry.key
      else {
        reader.fault(
          "a milestone must be a whole number from \(Self.milestoneNumbers.lowerBound) to "
            + "\(Self.milestoneNumbers.upperBound), not \(NodeReader.quoted(entry.key))",
          at: entry.place)
        continue
      }
      milestones[number] = reader.amounts(entry.node, of: "milestones.\(number)")
    }
    if entries.allSatisfy(\.node.isNull) {
      reader.fault("milestones names no number", at: node.place)
    }
    return .milestones(milestones)
  }
}
