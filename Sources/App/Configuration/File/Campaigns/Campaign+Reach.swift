import Domain
import FoundationEssentials

/// Which orders a campaign takes, as far as its terms alone tell.
extension Campaign {
  /// Whether every order of `other` is one of this campaign's too, so that below this one the other
  /// never counts. A limit of a referrer's orders does not pass an order on; a budget does.
  func covers(_ other: Campaign) -> Bool {
    guard budget.isEmpty, !firstOrderOnly || other.firstOrderOnly,
      Self.covers(channels, other.channels), Self.covers(countries, other.countries),
      Self.covers(categories, other.categories)
    else { return false }
    if let firstDay, other.firstDay.map({ $0 < firstDay }) ?? true { return false }
    if let lastDay, other.lastDay.map({ $0 > lastDay }) ?? true { return false }
    for (currency, minimum) in minimumOrder where other.pays(in: currency) {
      guard let otherMinimum = other.minimumOrder[currency], otherMinimum >= minimum else {
        return false
      }
    }
    return paysInAll
      || !other.paysInAll
        && other.offers.flatMap(\.amount.currencies).allSatisfy(givesOnEveryOrder(in:))
  }

  /// The least that an order in this currency costs the campaign, if it earns anything at all; `nil`
  /// where that depends on the order.
  func leastGift(in currency: Currency) -> Decimal? {
    let sure = offers.compactMap { offer -> Decimal? in
      guard case .fixed(let amounts) = offer.amount else { return nil }
      return amounts[currency]
    }
    if !sure.isEmpty { return sure.reduce(0, +) }
    var least: [Decimal] = []
    for offer in offers where offer.amount.pays(in: currency) {
      let amounts: [Decimal] =
        switch offer.amount {
        case .always, .fixed, .percent: []
        case .tiers(let tiers): tiers[currency]?.map(\.amount) ?? []
        case .milestones(let milestones): milestones.values.compactMap { $0[currency] }
        }
      guard let smallest = amounts.min() else { return nil }
      least.append(smallest)
    }
    return least.min()
  }

  /// What is paid without one of these bounds, as a sentence names it: `EUR, PLN`, or `other
  /// currencies`; `nil` where each currency has one, or there are none.
  func unbounded(by bounds: [Currency: Decimal]) -> String? {
    let open = offers.compactMap { $0.amount.unbounded(by: bounds) }
    guard !paysInAll else { return open.isEmpty ? nil : AmountRule.others }
    let names = Set(offers.flatMap(\.amount.currencies)).subtracting(bounds.keys).map(\.code)
    return open.isEmpty ? nil : names.sorted().joined(separator: ", ")
  }

  private var paysInAll: Bool { offers.contains { $0.amount.paysInAll } }

  /// Whether no order in this currency is passed on for the reason that it would earn nothing.
  private func givesOnEveryOrder(in currency: Currency) -> Bool {
    offers.contains { offer in
      guard case .tiers(let tiers) = offer.amount else { return offer.amount.pays(in: currency) }
      // They are in rising sequence; each ends where it says, or where the next begins.
      var reached: Decimal? = 0
      for tier in tiers[currency] ?? [] {
        if let end = reached, end < tier.from { return false }
        reached = tier.below
      }
      return tiers[currency] != nil && reached == nil
    }
  }

  private func pays(in currency: Currency) -> Bool {
    offers.contains { $0.amount.pays(in: currency) }
  }

  /// Whether what is asked for here, where empty asks for nothing, is asked for there too.
  private static func covers(_ these: Set<String>, _ others: Set<String>) -> Bool {
    these.isEmpty || !others.isEmpty && others.isSubset(of: these)
  }
}

extension AmountRule {
  /// How a sentence names all currencies that are not named.
  fileprivate static let others = "other currencies"

  /// Whether it is paid in whatever currency an order has.
  fileprivate var paysInAll: Bool {
    if case .percent(_, _, let currencies) = self { return currencies.isEmpty }
    return false
  }

  /// What is paid without one of these bounds, as `Campaign.unbounded(by:)`.
  func unbounded(by bounds: [Currency: Decimal]) -> String? {
    guard !bounds.isEmpty else { return nil }
    if paysInAll { return Self.others }
    let names = currencies.subtracting(bounds.keys).map(\.code)
    return names.isEmpty ? nil : names.sorted().joined(separator: ", ")
  }
}
