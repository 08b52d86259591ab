package import FoundationEssentials

/// A campaign: on which orders it pays, to whom and how much, and within which bounds.
package struct Campaign: Sendable, Equatable {
  /// Who releases its rewards.
  package enum Approval: String, Sendable, CaseIterable {
    /// Nobody has to.
    case automatic
    /// A person, each one.
    case manual
  }

  /// How many of a referrer's orders count. Those that were taken back unspent do not.
  package struct Limits: Sendable, Equatable {
    /// In a day (UTC).
    package var perDay: Int?
    /// In a calendar month (UTC).
    package var perMonth: Int?
    /// In all.
    package var inAll: Int?

    /// No limits.
    package init() {}

    /// Whether there are none.
    package var areNone: Bool { self == Limits() }
  }

  /// The marks that an invitation's link carries for the shop's statistics.
  package struct LinkMarks: Sendable, Equatable {
    /// `utm_source`.
    package var source = "laurel"
    /// `utm_medium`.
    package var medium = "referral"
    /// `utm_campaign`; `nil` for the campaign's id.
    package var campaign: String?

    /// The marks as they come.
    package init() {}
  }

  /// The campaign that the programme is where the file names none.
  package static let standardID = "default"

  /// What it is called: small letters, digits and hyphens, 1 to 32. It is part of what identifies
  /// a reward, and so may never change.
  package let id: String
  /// The first day on which orders are placed that count, in the shop's time zone; `nil` for any.
  package var firstDay: CalendarDay?
  /// The last such day; `nil` for any.
  package var lastDay: CalendarDay?
  /// The channels' slugs; empty for all.
  package var channels: Set<String> = []
  /// The countries to which orders go, or are billed where nothing is sent (ISO 3166, two capital
  /// letters); empty for all.
  package var countries: Set<String> = []
  /// The ids of categories at the store, of which, or of one below which, an order has to have
  /// goods; empty for any goods.
  package var categories: Set<String> = []
  /// Whether only a buyer's first order counts.
  package var firstOrderOnly = false
  /// What an order has to bring in at least, in money for goods (`Order.spending`), by its currency;
  /// a currency that is missing has no minimum.
  package var minimumOrder: [Currency: Decimal] = [:]
  /// For how many days after an order was seen paid its rewards are held back, 0 to 90.
  package var holdDays = 0
  /// Who releases the rewards.
  package var approval = Approval.automatic
  /// From above which amount two different people have to release a reward, by its currency.
  package var fourEyesAbove: [Currency: Decimal] = [:]
  /// How much it may give in all, by currency; a currency that is missing has no bound.
  package var budget: [Currency: Decimal] = [:]
  /// How many orders of one referrer count.
  package var limits = Limits()
  /// The marks of its links.
  package var linkMarks = LinkMarks()
  /// What it gives, at most one for each role.
  package var offers: [RewardOffer]

  /// A campaign that pays these on every order.
  package init(id: String, offers: [RewardOffer]) {
    self.id = id
    self.offers = offers
  }

  /// The campaign that a programme is: the referrer's reward, in its currency whatever the order's.
  package init(_ programme: Programme) {
    var offer = RewardOffer(
      role: .referrer, kind: programme.kind, amount: .always(programme.reward))
    offer.validity = programme.validityDays.map { .period(RewardPeriod(count: $0, unit: .day)) }
    if let minimum = programme.minimumSpend {
      offer.voucher.minimumSpend = [programme.reward.currency: minimum]
    }
    self.init(id: Self.standardID, offers: [offer])
  }
}
