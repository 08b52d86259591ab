import Domain
import FoundationEssentials
import Rules
import Testing

/// Which orders a campaign takes.
@Suite struct CampaignFitTests {
  private static func campaign(
    _ id: String = "spring", _ change: (inout Campaign) throws -> Void = { _ in }
  ) throws -> Campaign {
    let usd = try #require(Currency("USD"))
    var campaign = Campaign(
      id: id, offers: [RewardOffer(role: .referrer, kind: .giftCard, amount: .fixed([usd: 5]))])
    try change(&campaign)
    return campaign
  }

  private static func facts(_ change: (inout CampaignFacts) -> Void = { _ in }) throws
    -> CampaignFacts
  {
    var facts = CampaignFacts(order: try RequirementTests.order())
    facts.day = CalendarDay("2026-12-01")
    facts.country = "US"
    facts.categories = ["shirts", "clothes"]
    change(&facts)
    return facts
  }

  @Test func everyConditionIsAsked() throws {
    let usd = try #require(Currency("USD"))
    let facts = try Self.facts()
    let cases: [(String?, (inout Campaign) -> Void)] = [
      (nil, { _ in }),
      (nil, { $0.firstDay = CalendarDay("2026-12-01") }),
      (nil, { $0.lastDay = CalendarDay("2026-12-01") }),
      ("placed on 2026-12-01, begins on 2026-12-02", { $0.firstDay = CalendarDay("2026-12-02") }),
      ("placed on 2026-12-01, ended with 2026-11-30", { $0.lastDay = CalendarDay("2026-11-30") }),
      (nil, { $0.channels = ["default-channel"] }),
      ("not for channel default-channel", { $0.channels = ["other"] }),
      (nil, { $0.minimumOrder = [usd: 20] }),
      ("brought in 20 USD, the minimum is 21 USD", { $0.minimumOrder = [usd: 21] }),
      (nil, { $0.countries = ["DE", "US"] }),
      ("not for country US", { $0.countries = ["DE"] }),
      (nil, { $0.categories = ["clothes"] }),
      ("has no goods of its categories", { $0.categories = ["shoes"] }),
    ]
    for (reason, change) in cases {
      let campaign = try Self.campaign { change(&$0) }
      #expect(campaign.fit(facts) == reason.map { .reject($0) } ?? .pass)
    }
    let deleted = try Self.facts { $0.hasDeletedGoods = true }
    #expect(try Self.campaign { $0.categories = ["clothes"] }.fit(deleted) == .pass)
    #expect(
      try Self.campaign { $0.categories = ["shoes"] }.fit(deleted)
        == .reject(
          "has no goods that are known to be of its categories, and some were deleted at the store")
    )
    let abroad = try Self.facts { $0.country = nil }
    let near = try Self.campaign { $0.countries = ["US"] }
    #expect(near.fit(abroad) == .reject("the country is not known"))
    let euro = try Self.facts { facts in
      if let currency = Currency("EUR") { facts.order.currency = currency }
    }
    #expect(
      try Self.campaign().fit(euro) == .reject("pays nothing for orders in EUR"))
  }

  @Test func whatIsNotKnownYetIsWaitedForUnlessOneBeforeItFits() throws {
    let first = try Self.campaign("first") { $0.firstOrderOnly = true }
    let unread = try Self.facts { $0.history = .unread("3 orders") }
    let waiting = CampaignChoice(among: [first, try Self.campaign("any")], unread)
    #expect(waiting.fitting.isEmpty)
    #expect(waiting.waitsFor == "the store's past orders are still being read: 3 orders")
    let other = CampaignChoice(among: [try Self.campaign("any"), first], unread)
    #expect(other.fitting.map(\.id) == ["any"])

    let known = try Self.facts { $0.history = .order("7") }
    let passed = CampaignChoice(among: [first, try Self.campaign("any")], known)
    #expect(passed.fitting.map(\.id) == ["any"])
    #expect(passed.waitsFor == nil)
    #expect(passed.passedOver.json == #"{"first":"the buyer has bought before, with order 7"}"#)
  }

  @Test func whatWasPassedOverIsReadInItsSequence() throws {
    let misfits = ["zoo", "b", "a"].map {
      CampaignChoice.Misfit(campaign: $0, reason: "not for \"\($0)\"")
    }
    let kept = try #require(misfits.json)
    #expect(try [CampaignChoice.Misfit](json: kept) == misfits)
    for text in ["", "[]", #"{"a":1}"#, #"{"a":"b"}x"#] {
      #expect(throws: StoredJSONError.self) { try [CampaignChoice.Misfit](json: text) }
    }
  }
}
