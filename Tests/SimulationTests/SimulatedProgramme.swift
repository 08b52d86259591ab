import Domain
import FoundationEssentials
import RandomTesting
import Rules

/// What the shop of a run pays, and for what.
struct SimulatedProgramme {
  /// The channel that some campaigns are for.
  static let channel = "outlet"

  /// In the sequence in which they are asked.
  let campaigns: [Campaign]
  /// What an order has to meet before it is seen paid, and from then on while it is held back.
  let rules: [Requirement]
  let heldRules: [Requirement]
  /// What it has to go on meeting for as long as its rewards shall stand.
  let standing: [Requirement]
  /// Whether an order falls when it is refunded in part, which leaves less than the minimum of it.
  let hasMinimum: Bool

  init(_ campaigns: [Campaign], minimum: Money?) {
    var conditions = Conditions()
    conditions.minimumOrder = minimum
    self.campaigns = campaigns
    rules = Requirement.all(for: conditions)
    heldRules = Requirement.all(for: conditions, wasPaid: true)
    standing = Requirement.standing(minimumOrder: minimum)
    hasMinimum = minimum != nil
  }

  /// What a campaign gives for an order, without the milestones that somebody has.
  static func grants(
    of campaign: Campaign, for order: Order, in ledger: SimulatedLedger
  ) -> [RewardGrant] {
    let ordinal = 1 + ledger.countingOrders(of: campaign.id)
    return campaign.offers.compactMap { offer in
      var number = ordinal
      if offer.amount.countsOrders {
        let known = ledger.milestones(of: campaign.id, offer.role)
        guard
          let milestone = offer.amount.milestone(
            at: ordinal, in: order.spending.currency, standing: known.standing,
            fallen: known.fallen)
        else { return nil }
        number = milestone
      }
      return RewardGrant(
        offer, of: campaign, spending: order.spending, ordinal: number, storeValidity: nil)
    }
  }
}

extension Simulation {
  /// Draws what the shop pays.
  ///
  /// After a put-back the orders can be decided in another sequence, so that another one reaches a
  /// milestone or finds the budget used up, and each has its code; nor does the ledger then know which
  /// minimum held. The promise is one reward for each side of each order.
  func drawProgramme() {
    let minimum =
      !weather.hasPutBack && random.chance(50)
      ? Money(amount: 15, currency: world.order.currency) : nil
    guard random.chance(65) else {
      let reward = Money(amount: 10, currency: world.order.currency)
      let plain = Campaign(Programme(kind: drawKind(), reward: reward))
      programme = SimulatedProgramme([plain], minimum: minimum)
      return
    }
    var first = Campaign(id: "spring", offers: drawOffers())
    first.holdDays = [0, 0, 0, 2, 6, 50][random.number(0, 5)]
    if random.chance(30) { first.channels = [SimulatedProgramme.channel] }
    if !weather.hasPutBack && random.chance(35) {
      first.budget = [world.order.currency: Decimal(random.number(1, 30))]
    }
    var campaigns = [first]
    if random.chance(50) {
      var second = Campaign(id: "autumn", offers: drawOffers())
      second.holdDays = [0, 3][random.number(0, 1)]
      campaigns.append(second)
    }
    programme = SimulatedProgramme(campaigns, minimum: minimum)
  }

  private func drawOffers() -> [RewardOffer] {
    let currency = world.order.currency
    var amounts: [AmountRule] = [
      .fixed([currency: 10]), .percent(10, cap: [currency: 1.5], currencies: []),
    ]
    let friend = RewardOffer(
      role: .friend, kind: drawKind(), amount: amounts[random.number(0, 1)])
    if !weather.hasPutBack {
      amounts += [
        .milestones([1: [currency: 5], 3: [currency: 25]]), .milestones([2: [currency: 9]]),
      ]
    }
    let referrer = RewardOffer(
      role: .referrer, kind: drawKind(), amount: amounts[random.number(0, amounts.count - 1)])
    if random.chance(80) { return [referrer, friend] }
    return random.chance(50) ? [referrer] : [friend]
  }

  private func drawKind() -> RewardKind { random.chance(70) ? .giftCard : .voucher }
}
