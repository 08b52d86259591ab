package import FoundationEssentials

/// How much a reward is. Except for `always`, it is in the currency of the order, and where that
/// currency is missing there is no reward: currencies never mix.
package enum AmountRule: Sendable, Equatable {
  /// A range of order values with its amount.
  package struct Tier: Sendable, Equatable {
    /// From this order value on (`Order.spending`).
    package let from: Decimal
    /// Below this one; `nil` up to the next tier.
    package let below: Decimal?
    /// The reward.
    package let amount: Decimal

    /// Puts a tier together.
    package init(from: Decimal, below: Decimal? = nil, amount: Decimal) {
      self.from = from
      self.below = below
      self.amount = amount
    }
  }

  /// The same for every order, whatever its currency: the programme of the environment.
  case always(Money)
  /// By the order's currency.
  case fixed([Currency: Decimal])
  /// So many percent of what the order brings in (`Order.spending`), above 0 and at most 100, but no
  /// more than the cap of its currency; one that is missing has none. `currencies` are those in
  /// which it is paid; empty for all.
  case percent(Decimal, cap: [Currency: Decimal], currencies: Set<Currency>)
  /// By the order's value, in rising ranges that do not overlap.
  case tiers([Currency: [Tier]])
  /// For the referrer's order of this number in the campaign, by currency; for those between
  /// nothing.
  case milestones([Int: [Currency: Decimal]])

  /// The reward for an order.
  ///
  /// - Parameters:
  ///   - spending: what the order brings in.
  ///   - ordinal: which of the referrer's orders in the campaign it is, 1 or more.
  /// - Returns: the amount, rounded half up to the digits of its currency; `nil` when nothing is
  ///   due, which an amount that rounds to 0 is too.
  package func amount(for spending: Money, ordinal: Int) -> Money? {
    if case .always(let money) = self { return money }
    let currency = spending.currency
    let amount: Decimal? =
      switch self {
      case .always: nil
      case .fixed(let amounts): amounts[currency]
      case .percent(let percent, let cap, _):
        pays(in: currency)
          ? min(spending.amount * percent / 100, cap[currency] ?? .greatestFiniteMagnitude) : nil
      case .tiers(let tiers):
        tiers[currency]?.last {
          $0.from <= spending.amount && $0.below.map { spending.amount < $0 } ?? true
        }?.amount
      case .milestones(let milestones): milestones[ordinal]?[currency]
      }
    guard let amount else { return nil }
    let money = Money(amount: amount, currency: currency).rounded
    return money.amount > 0 ? money : nil
  }

  /// Which milestone an order reaches: that of its own number, or an earlier one whose reward fell, so
  /// that nobody has it any more. A milestone that came into the file later was never paid, and those
  /// who are past it do not reach it.
  ///
  /// - Parameters:
  ///   - ordinal: which of the referrer's orders in the campaign it is, 1 or more.
  ///   - standing: the milestones of which a reward stands, or was spent.
  ///   - fallen: those of which one fell with its order, unspent.
  /// - Returns: the highest, of which an order never earns more than one; `nil` when it reaches none.
  package func milestone(
    at ordinal: Int, in currency: Currency, standing: Set<Int>, fallen: Set<Int>
  ) -> Int? {
    guard case .milestones(let milestones) = self else { return nil }
    return milestones.keys.filter { number in
      (number == ordinal || number < ordinal && fallen.contains(number))
        && !standing.contains(number) && milestones[number]?[currency] != nil
    }.max()
  }

  /// Whether an order in this currency can earn anything.
  package func pays(in currency: Currency) -> Bool {
    switch self {
    case .always: true
    case .fixed(let amounts): amounts[currency] != nil
    case .percent(_, _, let currencies): currencies.isEmpty || currencies.contains(currency)
    case .tiers(let tiers): tiers[currency] != nil
    case .milestones(let milestones): milestones.values.contains { $0[currency] != nil }
    }
  }

  /// Whether it depends on which of the referrer's orders this is.
  package var countsOrders: Bool {
    if case .milestones = self { return true }
    return false
  }

  /// The currencies that it names; of `percent` none need be.
  package var currencies: Set<Currency> {
    switch self {
    case .always(let money): [money.currency]
    case .fixed(let amounts): Set(amounts.keys)
    case .percent(_, let cap, let currencies): currencies.union(cap.keys)
    case .tiers(let tiers): Set(tiers.keys)
    case .milestones(let milestones): Set(milestones.values.flatMap(\.keys))
    }
  }
}
