package import Domain
package import FoundationEssentials

/// What a friend gets who names a code, as his storefront can tell him before he buys. It depends on
/// the day, the channel and the currency, and never on the code.
package struct FriendBenefit: Sendable, Equatable {
  /// What only a voucher has.
  package struct Voucher: Sendable, Equatable {
    /// Percent off; `nil` where it takes off an amount.
    package let percentOff: Decimal?
    /// The subtotal from which it counts.
    package let minimumSpend: Decimal?
    /// The ids of the categories at the store on whose goods it counts; empty for whole orders.
    package let categories: [String]
  }

  /// The campaign that gives it.
  package let campaignID: String
  /// The last day on which an order earns it; `nil` without an end.
  package let lastDay: CalendarDay?
  /// What he gets.
  package let kind: RewardKind
  /// The currency of all amounts here.
  package let currency: Currency
  /// How much it is, where it is the same for every order.
  package let amount: Decimal?
  /// How many percent of his order it is, where it is that.
  package let percent: Decimal?
  /// The most that it can be, where orders earn different amounts and there is a most.
  package let upTo: Decimal?
  /// What only a voucher has; `nil` for a gift card.
  package let voucher: Voucher?
  /// What his order has to bring in.
  package let minimumOrder: Decimal?
  /// Whether only his first order counts.
  package let firstOrderOnly: Bool
  /// The countries to which his order may go; empty for all.
  package let countries: [String]
  /// The ids of the categories at the store of which his order has to have goods; empty for any.
  package let categories: [String]

  /// What the first of the running campaigns gives that gives the friend anything; `nil` when none
  /// does, or one above it takes every order and leaves him nothing.
  ///
  /// - Parameters:
  ///   - channel: the channel's slug; without it only what is for all channels can be promised.
  ///   - currency: the currency of the order; without it that of the programme counts, or where the
  ///     campaign pays nothing in it, and no order has to reach a minimum, the first by its code.
  package init?(
    _ terms: Terms, on day: CalendarDay, channel: String?, currency: Currency?
  ) {
    let conditions = terms.conditions
    guard conditions.channels.isEmpty || channel.map(conditions.channels.contains) ?? false else {
      return nil
    }
    // An order in another currency than the programme's minimum is refused.
    let minimum = conditions.minimumOrder?.currency
    if let currency, let minimum, minimum != currency { return nil }
    let wished = currency ?? minimum
    let usual = terms.programme.reward.currency
    for campaign in terms.campaigns
    where campaign.runs(on: day) && campaign.isFor(channel: channel) {
      if let offer = campaign.offers.first(where: { $0.role == .friend }),
        let currency = Self.currency(of: offer.amount, wished: wished, usual: usual)
      {
        self.init(offer, of: campaign, conditions, in: currency)
        return
      }
      if campaign.takesEveryOrder(in: wished ?? usual) { return nil }
    }
    return nil
  }

  private init(
    _ offer: RewardOffer, of campaign: Campaign, _ conditions: Conditions, in currency: Currency
  ) {
    campaignID = campaign.id
    lastDay = campaign.lastDay
    kind = offer.kind
    self.currency = currency
    // What such a voucher counts for is the shop's affair.
    let takesPercentOff = offer.kind == .voucher && offer.voucher.percentOff != nil
    let worth = Worth(offer.amount, in: currency)
    amount = takesPercentOff ? nil : worth.amount
    percent = takesPercentOff ? nil : worth.percent
    upTo = takesPercentOff ? nil : worth.upTo
    voucher =
      offer.kind == .voucher
      ? Voucher(
        percentOff: offer.voucher.percentOff,
        minimumSpend: offer.voucher.minimumSpend[currency],
        categories: offer.voucher.categories)
      : nil
    minimumOrder = [conditions.minimumOrder?.amount, campaign.minimumOrder[currency]]
      .compactMap(\.self).max()
    firstOrderOnly = campaign.firstOrderOnly || conditions.newCustomersOnly
    countries = campaign.countries.sorted()
    categories = campaign.categories.sorted()
  }

  /// In which currency an amount is told; `nil` when it is not paid in the one that is wished.
  private static func currency(
    of amount: AmountRule, wished: Currency?, usual: Currency
  ) -> Currency? {
    // The programme's reward has its own currency, whatever the order's.
    if case .always(let money) = amount { return money.currency }
    if let wished { return amount.pays(in: wished) ? wished : nil }
    if amount.pays(in: usual) { return usual }
    return amount.currencies.min { $0.code < $1.code }
  }

  /// How much an amount is, as far as it can be said before there is an order.
  private struct Worth {
    var amount: Decimal?
    var percent: Decimal?
    var upTo: Decimal?

    init(_ rule: AmountRule, in currency: Currency) {
      switch rule {
      case .always(let money): amount = money.amount
      case .fixed(let amounts): amount = amounts[currency]
      case .percent(let share, let cap, _):
        percent = share
        upTo = cap[currency]
      case .tiers(let tiers): upTo = tiers[currency]?.map(\.amount).max()
      case .milestones(let milestones): upTo = milestones.values.compactMap { $0[currency] }.max()
      }
    }
  }
}

extension Campaign {
  /// Whether every order in this currency that is placed in its days and channels is this campaign's,
  /// so that none is left to those below. A referrer's limits pass no order on.
  fileprivate func takesEveryOrder(in currency: Currency) -> Bool {
    offers.contains { $0.amount.pays(in: currency) } && minimumOrder[currency] == nil
      && countries.isEmpty && categories.isEmpty && !firstOrderOnly && budget[currency] == nil
  }
}
