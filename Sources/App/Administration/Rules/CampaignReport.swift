import Domain
import FoundationEssentials

/// A campaign as `laurel rules check --json` shows it: by the names and in the forms of the file.
struct CampaignReport: Encodable {
  /// A range of order values.
  struct Tier: Encodable {
    /// From this order value on.
    let from: String
    /// Below this one; `nil` up to the next tier.
    let below: String?
    /// The reward.
    let amount: String
  }

  /// What only vouchers have.
  struct Voucher: Encodable {
    /// What is taken off, in percent.
    let percent: String?
    /// From which subtotal it counts.
    let minimumSpend: [String: String]
    /// On goods of which categories.
    let categories: [String]
  }

  /// What is given to one side.
  struct Reward: Encodable {
    /// referrer or friend.
    let role: String
    /// gift_card or voucher.
    let type: String
    /// All of it in a sentence.
    let words: String
    /// A fixed amount.
    private(set) var amount: [String: String]?
    /// A percentage of what was paid.
    private(set) var percent: String?
    /// The most that the percentage comes to.
    private(set) var cap: [String: String]?
    /// The currencies in which the percentage is paid; `nil` for all.
    private(set) var currencies: [String]?
    /// Amounts by order value.
    private(set) var tiers: [String: [Tier]]?
    /// Amounts by the number of the order.
    private(set) var milestones: [String: [String: String]]?
    /// A length such as `3 month`, or store; `nil` for ever.
    let validity: String?
    /// Whether a card is bound to its owner.
    let bound: Bool
    /// What only vouchers have.
    let voucher: Voucher?

    /// What an offer says.
    init(_ offer: RewardOffer) {
      role = offer.role.rawValue
      type = offer.kind.rawValue
      words = OfferText(offer).text
      switch offer.validity {
      case .period(let period): validity = period.interval
      case .store: validity = "store"
      case nil: validity = nil
      }
      bound = offer.isBound
      let terms = offer.voucher
      voucher =
        offer.kind == .voucher
        ? Voucher(
          percent: terms.percentOff.map { "\($0)" }, minimumSpend: texts(terms.minimumSpend),
          categories: terms.categories) : nil
      switch offer.amount {
      case .always(let money): amount = [money.currency.code: "\(money.amount)"]
      case .fixed(let amounts): amount = texts(amounts)
      case .percent(let percent, let cap, let currencies):
        self.percent = "\(percent)"
        if !cap.isEmpty { self.cap = texts(cap) }
        if !currencies.isEmpty { self.currencies = currencies.map(\.code).sorted() }
      case .tiers(let tiers):
        self.tiers = byCode(tiers) { tiers in
          tiers.map {
            Tier(
              from: "\($0.from)", below: $0.below.map { "\($0)" }, amount: "\($0.amount)")
          }
        }
      case .milestones(let milestones):
        self.milestones = Dictionary(
          milestones.map { ("\($0.key)", texts($0.value)) }, uniquingKeysWith: { first, _ in first }
        )
      }
    }
  }

  /// What it is called.
  let id: String
  /// The first day.
  let from: String?
  /// The last day.
  let until: String?
  /// The channels; empty for all.
  let channels: [String]
  /// The countries; empty for all.
  let countries: [String]
  /// The categories; empty for all.
  let categories: [String]
  /// Whether only a buyer's first order counts.
  let firstOrderOnly: Bool
  /// What an order has to bring in.
  let minimumOrder: [String: String]
  /// For how many days rewards are held back.
  let holdDays: Int
  /// automatic or manual.
  let approval: String
  /// From above which amount two people have to release a reward.
  let fourEyesAbove: [String: String]
  /// How much it may give in all.
  let budget: [String: String]
  /// How many orders of one referrer count, by `per_day`, `per_month`, `in_all`.
  let limits: [String: Int]
  /// The marks of its links, by their names.
  let link: [String: String]
  /// What it gives.
  let rewards: [Reward]

  /// What a campaign says.
  init(_ campaign: Campaign) {
    id = campaign.id
    from = campaign.firstDay?.description
    until = campaign.lastDay?.description
    channels = campaign.channels.sorted()
    countries = campaign.countries.sorted()
    categories = campaign.categories.sorted()
    firstOrderOnly = campaign.firstOrderOnly
    minimumOrder = texts(campaign.minimumOrder)
    holdDays = campaign.holdDays
    approval = campaign.approval.rawValue
    fourEyesAbove = texts(campaign.fourEyesAbove)
    budget = texts(campaign.budget)
    limits = [
      "per_day": campaign.limits.perDay, "per_month": campaign.limits.perMonth,
      "in_all": campaign.limits.inAll,
    ].compactMapValues(\.self)
    link = [
      "source": campaign.linkMarks.source, "medium": campaign.linkMarks.medium,
      "campaign": campaign.linkMarks.campaign ?? campaign.id,
    ]
    rewards = campaign.offers.map(Reward.init)
  }
}

/// Amounts as decimals, by the codes of their currencies.
private func texts(_ amounts: [Currency: Decimal]) -> [String: String] {
  byCode(amounts) { "\($0)" }
}

private func byCode<Value, Result>(
  _ values: [Currency: Value], _ form: (Value) -> Result
) -> [String: Result] {
  Dictionary(
    values.map { ($0.key.code, form($0.value)) }, uniquingKeysWith: { first, _ in first })
}
