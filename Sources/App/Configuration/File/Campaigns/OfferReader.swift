import Domain
import FoundationEssentials
import YAML

/// Reads what a campaign gives.
struct OfferReader {
  private static let keys =
    ["for", "type"] + AmountRuleReader.kinds + AmountRuleReader.percentKeys
    + ["validity", "bound", "voucher"]

  /// The rewards of a list, at most one for each side.
  func offers(_ node: YAMLNode, _ reader: inout NodeReader) -> [RewardOffer] {
    guard let items = reader.items(node, of: "rewards") else { return [] }
    if items.isEmpty {
      reader.fault("rewards is empty, so the campaign would give nothing", at: node.place)
    }
    var places: [RewardIdentity.Role: YAMLPlace] = [:]
    var offers: [RewardOffer] = []
    for item in items {
      let entries = reader.entries(item, of: "a reward", keys: Self.keys)
      guard case .mapping = item.value else { continue }
      let role: RewardIdentity.Role? = entries["for"].flatMap {
        reader.choice($0.node, of: "for")
      }
      if entries["for"] == nil {
        reader.fault("a reward needs `for`: referrer or friend", at: item.place)
      }
      if let role, let first = places[role] {
        reader.fault(
          "there are two rewards for the \(role.rawValue); the other stands in line \(first.line)",
          at: item.place)
      } else if let role {
        places[role] = item.place
      }
      if let offer = offer(entries, for: role, at: item.place, &reader) { offers.append(offer) }
    }
    return offers
  }

  /// An offer; `nil` when it is not known for whom, as what, or how much.
  private func offer(
    _ entries: [String: YAMLEntry], for role: RewardIdentity.Role?, at place: YAMLPlace,
    _ reader: inout NodeReader
  ) -> RewardOffer? {
    var kind: RewardKind? = .giftCard
    if let node = entries["type"]?.node { kind = reader.choice(node, of: "type") }
    let amount = AmountRuleReader().rule(entries, at: place, &reader)
    let validity = entries["validity"].flatMap { self.validity($0.node, of: kind, &reader) }
    var isBound = false
    if let entry = entries["bound"] {
      isBound = reader.flag(entry.node, of: "bound") ?? false
      if kind == .voucher {
        reader.fault("only a gift card can be bound to its owner", at: entry.place)
      }
    }
    var voucher = RewardOffer.VoucherTerms()
    if let entry = entries["voucher"] {
      if kind == .giftCard {
        reader.fault(
          "voucher is for rewards of the type voucher; a gift card can be spent on any order",
          at: entry.place)
      }
      voucher = self.voucher(entry.node, amount, &reader)
    }
    guard let role, let kind, let amount else { return nil }
    var offer = RewardOffer(role: role, kind: kind, amount: amount)
    offer.validity = validity
    offer.isBound = isBound
    offer.voucher = voucher
    return offer
  }

  private func validity(
    _ node: YAMLNode, of kind: RewardKind?, _ reader: inout NodeReader
  ) -> RewardOffer.Validity? {
    guard let text = reader.scalar(node, of: "validity")?.text else { return nil }
    if text == "store" {
      if kind == .voucher {
        reader.fault(
          "the store has no validity for vouchers; give a length such as 90d", at: node.place)
      }
      return .store
    }
    guard let period = RewardPeriod(text) else {
      reader.fault(
        "validity must be a length such as 30d, 6w, 3mo or 1y, of ten years at most, or `store`, "
          + "not \(NodeReader.quoted(text))", at: node.place)
      return nil
    }
    return .period(period)
  }

  private func voucher(
    _ node: YAMLNode, _ amount: AmountRule?, _ reader: inout NodeReader
  ) -> RewardOffer.VoucherTerms {
    let entries = reader.entries(
      node, of: "voucher", keys: ["percent", "minimum_spend", "categories"])
    var terms = RewardOffer.VoucherTerms()
    if let entry = entries["percent"] {
      terms.percentOff = reader.percent(entry.node, of: "voucher.percent")
      if let amount, !amount.isFixed {
        reader.fault(
          "a voucher that takes off percent needs `amount`: what it counts for in budgets and "
            + "figures", at: entry.place)
      }
    }
    if let node = entries["minimum_spend"]?.node {
      terms.minimumSpend = reader.amounts(node, of: "voucher.minimum_spend")
      if let amount {
        reader.checkCurrencies(of: node, named: "voucher.minimum_spend") { amount.pays(in: $0) }
      }
    }
    if let node = entries["categories"]?.node {
      terms.categories = reader.categories(node, of: "voucher.categories")
    }
    return terms
  }
}

extension AmountRule {
  /// Whether it is an amount that stands in the file.
  fileprivate var isFixed: Bool {
    if case .fixed = self { return true }
    return false
  }
}

extension RewardPeriod {
  /// Reads a length as the file writes it: `30d`, `6w`, `3mo` or `1y`, of ten years at most; `nil`
  /// for anything else.
  init?(_ text: String) {
    let digits = text.prefix { $0.isASCII && $0.isNumber }
    let unit: (unit: Unit, most: Int)? =
      switch text.dropFirst(digits.count) {
      case "d": (.day, 3650)
      case "w": (.week, 520)
      case "mo": (.month, 120)
      case "y": (.year, 10)
      default: nil
      }
    guard let unit, let count = Int(digits), (1...unit.most).contains(count) else { return nil }
    self.init(count: count, unit: unit.unit)
  }
}
