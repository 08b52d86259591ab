import Domain
import FoundationEssentials
import Testing

@testable import Rules

/// What a friend is told that he gets, before there is an order.
@Suite struct FriendBenefitTests {
  private static func currency(_ code: String) throws -> Currency { try #require(Currency(code)) }

  private static func day(_ text: String) throws -> CalendarDay { try #require(CalendarDay(text)) }

  /// A campaign with an offer for the friend, and one for the referrer that is never told of.
  private static func campaign(
    _ id: String, _ amount: AmountRule, as kind: RewardKind = .giftCard,
    _ change: (inout RewardOffer) -> Void = { _ in }
  ) throws -> Campaign {
    var offer = RewardOffer(role: .friend, kind: kind, amount: amount)
    change(&offer)
    let own = RewardOffer(
      role: .referrer, kind: .giftCard, amount: .fixed([try currency("USD"): 99]))
    return Campaign(id: id, offers: [own, offer])
  }

  private static func terms(_ campaigns: [Campaign]) throws -> Terms {
    var terms = Terms(
      programme: Programme(
        kind: .giftCard, reward: Money(amount: 10, currency: try currency("USD"))))
    terms.namedCampaigns = campaigns
    return terms
  }

  private static func benefit(
    _ campaigns: [Campaign], channel: String? = nil, currency code: String? = nil,
    on day: String = "2026-11-21"
  ) throws -> FriendBenefit? {
    FriendBenefit(
      try terms(campaigns), on: try Self.day(day), channel: channel,
      currency: try code.map { try Self.currency($0) })
  }

  @Test func theProgrammeWithoutCampaignsGivesAFriendNothing() throws {
    #expect(try Self.benefit([]) == nil)
    let own = Campaign(
      id: "own",
      offers: [
        RewardOffer(
          role: .referrer, kind: .giftCard, amount: .fixed([try Self.currency("USD"): 5]))
      ])
    #expect(try Self.benefit([own]) == nil)
  }

  @Test func theFirstThatRunsCountsToItsLastDay() throws {
    let usd = try Self.currency("USD")
    var early = try Self.campaign("early", .fixed([usd: 5]))
    early.firstDay = try Self.day("2026-11-10")
    early.lastDay = try Self.day("2026-11-20")
    let late = try Self.campaign("late", .fixed([usd: 7]))
    let both = [early, late]
    for (day, id) in [
      ("2026-11-09", "late"), ("2026-11-10", "early"), ("2026-11-20", "early"),
      ("2026-11-21", "late"),
    ] {
      #expect(try Self.benefit(both, on: day)?.campaignID == id, "\(day)")
    }
    #expect(try Self.benefit([early], on: "2026-11-21") == nil)
    let told = try #require(try Self.benefit([early], on: "2026-11-20"))
    #expect(told.lastDay == early.lastDay && told.amount == 5 && told.currency == usd)
    #expect(told.kind == .giftCard && told.voucher == nil && told.upTo == nil)
  }

  @Test func whatIsForCertainChannelsIsToldToThemOnly() throws {
    let usd = try Self.currency("USD")
    var some = try Self.campaign("some", .fixed([usd: 5]))
    some.channels = ["us", "ca"]
    let all = try Self.campaign("all", .fixed([usd: 7]))
    #expect(try Self.benefit([some, all], channel: "us")?.campaignID == "some")
    #expect(try Self.benefit([some, all], channel: "de")?.campaignID == "all")
    #expect(try Self.benefit([some, all])?.campaignID == "all")
    #expect(try Self.benefit([some]) == nil)
    var terms = try Self.terms([all])
    terms.conditions.channels = ["us"]
    let today = try Self.day("2026-11-21")
    #expect(FriendBenefit(terms, on: today, channel: "us", currency: nil) != nil)
    #expect(FriendBenefit(terms, on: today, channel: "de", currency: nil) == nil)
  }

  @Test func currenciesDoNotMix() throws {
    let (usd, pln, eur) = (
      try Self.currency("USD"), try Self.currency("PLN"), try Self.currency("EUR")
    )
    let foreign = Campaign(
      id: "foreign",
      offers: [RewardOffer(role: .friend, kind: .giftCard, amount: .fixed([pln: 20, eur: 5]))])
    let own = try Self.campaign("own", .fixed([usd: 7, pln: 30]))
    #expect(try Self.benefit([foreign, own], currency: "PLN")?.amount == 20)
    #expect(try Self.benefit([foreign, own], currency: "USD")?.amount == 7)
    #expect(try Self.benefit([foreign, own], currency: "JPY") == nil)
    // Without one that of the programme counts, and else the first by its code.
    #expect(try Self.benefit([own])?.currency == usd)
    #expect(try Self.benefit([foreign])?.currency == eur)
    #expect(try Self.benefit([foreign])?.amount == 5)
  }

  @Test func whatACampaignAboveTakesForCertainIsNotPromised() throws {
    let (usd, pln) = (try Self.currency("USD"), try Self.currency("PLN"))
    let own = Campaign(
      id: "own",
      offers: [RewardOffer(role: .referrer, kind: .giftCard, amount: .fixed([usd: 5]))])
    let below = try Self.campaign("below", .fixed([usd: 7, pln: 30]))
    #expect(try Self.benefit([own, below]) == nil)
    #expect(try Self.benefit([own, below], currency: "USD") == nil)
    // It leaves what it pays nothing for.
    #expect(try Self.benefit([own, below], currency: "PLN")?.campaignID == "below")
    let changes: [(String, (inout Campaign) throws -> Void)] = [
      ("a minimum", { $0.minimumOrder = [usd: 50] }), ("countries", { $0.countries = ["DE"] }),
      ("categories", { $0.categories = ["Q2F0ZWdvcnk6MQ=="] }),
      ("first orders", { $0.firstOrderOnly = true }), ("a budget", { $0.budget = [usd: 50] }),
      ("channels", { $0.channels = ["us"] }),
      ("days", { $0.lastDay = try Self.day("2026-11-20") }),
    ]
    for (name, change) in changes {
      var open = own
      try change(&open)
      #expect(try Self.benefit([open, below])?.campaignID == "below", "\(name)")
    }
    var limited = own
    limited.limits.perDay = 1
    #expect(try Self.benefit([limited, below]) == nil)
    // What the friend gets in USD only takes the orders in PLN all the same, if the referrer is paid.
    let half = Campaign(
      id: "half",
      offers: [
        RewardOffer(role: .referrer, kind: .giftCard, amount: .fixed([usd: 5, pln: 20])),
        RewardOffer(role: .friend, kind: .giftCard, amount: .fixed([usd: 5])),
      ])
    #expect(try Self.benefit([half, below], currency: "PLN") == nil)
    #expect(try Self.benefit([half, below])?.campaignID == "half")
  }

  @Test func whatTheProgrammesMinimumRefusesIsNotPromised() throws {
    let (usd, pln) = (try Self.currency("USD"), try Self.currency("PLN"))
    let foreign = Campaign(
      id: "foreign",
      offers: [RewardOffer(role: .friend, kind: .giftCard, amount: .fixed([pln: 20]))])
    let both = try Self.campaign("both", .fixed([usd: 7, pln: 30]))
    var terms = try Self.terms([foreign, both])
    terms.conditions.minimumOrder = Money(amount: 20, currency: usd)
    let today = try Self.day("2026-11-21")
    let benefit = { FriendBenefit(terms, on: today, channel: nil, currency: $0) }
    #expect(benefit(pln) == nil)
    for currency in [usd, nil] {
      let told = try #require(benefit(currency))
      #expect(told.campaignID == "both")
      #expect(told.currency == usd && told.minimumOrder == 20)
    }
  }

  @Test func amountsThatDependOnTheOrderAreToldAsFarAsTheyCanBe() throws {
    let usd = try Self.currency("USD")
    let percent = try #require(
      try Self.benefit([
        try Self.campaign("a", .percent(10, cap: [usd: 25], currencies: []))
      ]))
    #expect(percent.percent == 10 && percent.upTo == 25 && percent.amount == nil)
    let tiers = try #require(
      try Self.benefit([
        try Self.campaign(
          "b", .tiers([usd: [.init(from: 0, amount: 5), .init(from: 100, amount: 15)]]))
      ]))
    #expect(tiers.upTo == 15 && tiers.percent == nil && tiers.amount == nil)
    // The number of the order is the referrer's affair: the same is told with every code.
    let milestones = try #require(
      try Self.benefit([try Self.campaign("c", .milestones([1: [usd: 5], 10: [usd: 50]]))]))
    #expect(milestones.upTo == 50 && milestones.amount == nil)
  }

  @Test func aVoucherIsToldWithItsTerms() throws {
    let usd = try Self.currency("USD")
    let voucher = try Self.campaign("v", .fixed([usd: 8]), as: .voucher) {
      $0.voucher.percentOff = 15
      $0.voucher.minimumSpend = [usd: 30]
      $0.voucher.categories = ["Q2F0ZWdvcnk6MQ=="]
    }
    let told = try #require(try Self.benefit([voucher]))
    #expect(told.kind == .voucher && told.amount == nil)
    #expect(
      told.voucher
        == .init(percentOff: 15, minimumSpend: 30, categories: ["Q2F0ZWdvcnk6MQ=="]))
    let plain = try #require(
      try Self.benefit([try Self.campaign("w", .fixed([usd: 8]), as: .voucher)]))
    #expect(plain.amount == 8)
    #expect(plain.voucher == .init(percentOff: nil, minimumSpend: nil, categories: []))
  }

  @Test func theHigherMinimumCounts() throws {
    let usd = try Self.currency("USD")
    var campaign = try Self.campaign("m", .fixed([usd: 5]))
    campaign.minimumOrder = [usd: 50]
    campaign.countries = ["DE", "AT"]
    campaign.firstOrderOnly = true
    var terms = try Self.terms([campaign])
    let today = try Self.day("2026-11-21")
    for (general, minimum) in [(20, 50), (60, 60)] as [(Decimal, Decimal)] {
      terms.conditions.minimumOrder = Money(amount: general, currency: usd)
      let told = try #require(FriendBenefit(terms, on: today, channel: nil, currency: nil))
      #expect(told.minimumOrder == minimum)
      #expect(told.firstOrderOnly && told.countries == ["AT", "DE"] && told.categories.isEmpty)
    }
  }
}
