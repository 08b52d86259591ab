import Domain
import FoundationEssentials
import Ledger
import Postgres
import ProcessTesting
import Sandbox
import Testing

/// Which campaign an order belongs to, and what it gives.
@Suite struct CampaignTests {
  @Test func theFirstThatFitsPaysBothSidesAndTheReasonsAreKept() async throws {
    try await TestShop.withRules(TestShop.campaigns) { shop, _ async throws in
      let big = TestShop.order(1, of: 200)
      let small = TestShop.order(2, of: 20)
      var polish = TestShop.order(3, of: 20)
      polish.setCountries(shipping: "PL", billing: "US")
      var french = TestShop.order(4, of: 20)
      french.setCountries(shipping: nil, billing: "FR")
      try await shop.place([big, small, polish, french])
      #expect(
        try await shop.rewards(of: big)
          == ["big referrer 20 USD issued", "big friend 15 USD issued"])
      #expect(try await shop.rewards(of: small) == ["small referrer 5 USD issued"])
      #expect(try await shop.rewards(of: polish) == ["polish friend 7 USD issued"])
      #expect(try await shop.rewards(of: french) == [])
      #expect(try await shop.referral(of: big)?.state == "rewarded")

      let first = try await shop.decision(on: big)
      #expect(first.campaignID == "big")
      #expect(first.reward?.description == "35 USD")
      #expect(first.campaignsPassedOver == #"{"polish":"not for country US"}"#)
      let second = try await shop.decision(on: small)
      #expect(second.campaignID == "small")
      #expect(second.campaignsPassedOver?.contains("brought in 20 USD, the minimum is 100") == true)
      let refused = try #require(try await shop.referral(of: french))
      #expect(refused.rule == "campaign")
      #expect(refused.reason?.contains("small: not for country FR") == true)
      #expect(refused.reason?.contains("polish: not for country FR") == true)
      let campaigns = try await shop.pool.rows(
        "SELECT campaign_id FROM referrals ORDER BY order_number"
      ) { row in try row.decode("campaign_id", as: String?.self) }
      #expect(campaigns == ["big", "small", "polish", nil])
      // What every campaign asks is asked once for each order.
      #expect(await shop.sandbox.calls["order"] == 8)
    }
  }

  @Test func categoriesAreThoseOfTheGoodsAndThoseAboveThem() async throws {
    let rules = """
      campaigns:
        - id: shoes
          categories: [Q2F0ZWdvcnk6Nw==]
          rewards: [{for: referrer, type: gift_card, amount: {USD: 6.00}}]
      """
    try await TestShop.withRules(rules) { shop, _ async throws in
      var boots = TestShop.order(1, of: 20)
      boots.setCategory("Q2F0ZWdvcnk6OQ==", below: ["Q2F0ZWdvcnk6MQ==", "Q2F0ZWdvcnk6Nw=="])
      var shoes = TestShop.order(2, of: 20)
      shoes.setCategory("Q2F0ZWdvcnk6Nw==")
      let shirts = TestShop.order(3, of: 20)
      try await shop.place([boots, shoes, shirts])
      #expect(try await shop.rewards(of: boots) == ["shoes referrer 6 USD issued"])
      #expect(try await shop.rewards(of: shoes) == ["shoes referrer 6 USD issued"])
      #expect(try await shop.referral(of: shirts)?.rule == "campaign")
    }
  }

  @Test func anOrderThatAReplicaDoesNotKnowYetIsWaitedFor() async throws {
    try await TestShop.withRules(TestShop.campaigns) { shop, _ async throws in
      // It knows the order, and a moment later does not.
      await shop.sandbox.inject([.delay(.zero), .staleReads(1)], on: "order")
      let order = TestShop.order(1, of: 20)
      try await shop.place([order])
      #expect(try await shop.rewards(of: order) == ["small referrer 5 USD issued"])
      #expect(await shop.sandbox.calls["order"] ?? 0 == 4)
    }
  }

  @Test func goodsThatWereDeletedAreNotWaitedFor() async throws {
    let rules = """
      campaigns:
        - id: shoes
          categories: [Q2F0ZWdvcnk6Nw==]
          rewards: [{for: referrer, type: gift_card, amount: {USD: 6.00}}]
      """
    try await TestShop.withRules(rules) { shop, _ async throws in
      var order = TestShop.order(1, of: 20)
      order.deleteGoods()
      try await shop.place([order])
      let referral = try #require(try await shop.referral(of: order))
      #expect(referral.rule == "campaign")
      #expect(referral.reason?.contains("some were deleted at the store") == true)
    }
  }

  @Test func aCampaignThatGivesNothingIsPassedOver() async throws {
    let rules = """
      campaigns:
        - id: tiers
          minimum_order: {USD: 10.00}
          limits: {in_all: 5}
          rewards:
            - {for: referrer, type: gift_card, tiers: {USD: [{from: 50, amount: 9}]}}
        - id: small
          rewards: [{for: referrer, type: gift_card, amount: {USD: 1.00}}]
      """
    try await TestShop.withRules(rules) { shop, _ async throws in
      let order = TestShop.order(1, of: 20)
      let large = TestShop.order(2, of: 60)
      try await shop.place([order, large])
      #expect(try await shop.rewards(of: order) == ["small referrer 1 USD issued"])
      #expect(
        try await shop.decision(on: order).campaignsPassedOver
          == #"{"tiers":"gives nothing for an order that brought in 20 USD"}"#)
      #expect(try await shop.rewards(of: large) == ["tiers referrer 9 USD issued"])
    }
  }

  @Test(arguments: ["UTC", "Europe/Berlin"])
  func daysBeginInTheShopsTimeZone(zone: String) async throws {
    let rules = """
      time_zone: \(zone)
      campaigns:
        - id: autumn
          from: 2026-11-02
          until: 2026-11-02
          rewards: [{for: referrer, type: gift_card, amount: {USD: 6.00}}]
      """
    try await TestShop.withRules(rules) { shop, _ async throws in
      // 23:30 of 1 November in UTC, half past midnight in Berlin.
      let order = SandboxOrder.paid(
        number: 1, total: 20, email: "bob@example.com", metadata: ["ref_code": "ALICE10"],
        created: Date(timeIntervalSince1970: 1_793_575_800))
      try await shop.place([order])
      let standing = try #require(try await shop.referral(of: order))
      if zone == "UTC" {
        #expect(standing.rule == "campaign")
        #expect(standing.reason?.contains("placed on 2026-11-01, begins on 2026-11-02") == true)
      } else {
        #expect(standing.state == "rewarded")
      }
    }
  }

  @Test func aFirstOrderIsTheBuyersFirst() async throws {
    let rules = """
      campaigns:
        - id: welcome
          first_order_only: true
          rewards: [{for: referrer, type: gift_card, amount: {USD: 9.00}}]
        - id: again
          rewards: [{for: referrer, type: gift_card, amount: {USD: 2.00}}]
      """
    try await TestShop.withRules(rules) { shop, _ async throws in
      let earlier = SandboxOrder.paid(
        number: 90, total: 20, email: "bob@example.com", userID: "VXNlcjoy",
        created: Date(timeIntervalSinceNow: -86_400))
      await shop.sandbox.put(earlier)
      let later = TestShop.order(1, of: 20, email: "bob@example.com", user: "VXNlcjoy")
      let first = TestShop.order(2, of: 20, email: "carol@example.com", user: "VXNlcjoz")
      try await shop.place([later, first])
      #expect(try await shop.rewards(of: later) == ["again referrer 2 USD issued"])
      #expect(try await shop.rewards(of: first) == ["welcome referrer 9 USD issued"])
      let decision = try await shop.decision(on: later)
      #expect(
        decision.campaignsPassedOver
          == #"{"welcome":"the buyer has bought before, with order 90"}"#)
    }
  }

  @Test func withoutCampaignsTheStoreIsAskedForTheOrderOnly() async throws {
    try await TestShop.withRules("rules: []") { shop, _ async throws in
      let order = TestShop.order(1, of: 20)
      try await shop.place([order])
      #expect(try await shop.rewards(of: order) == ["default referrer 10.5 USD issued"])
      #expect(await shop.sandbox.calls["order"] == 1)
      let decision = try await shop.decision(on: order)
      #expect(decision.campaignID == "default")
      #expect(decision.campaignsPassedOver == nil)
    }
  }

  @Test func aCampaignsMinimumIsKeptWhenItIsTheStricter() async throws {
    let rules = """
      programme: {minimum_order: 10.00}
      \(TestShop.campaigns)
      """
    try await TestShop.withRules(rules) { shop, _ async throws in
      try await shop.place([TestShop.order(1, of: 200), TestShop.order(2, of: 20)])
      let minimums = try await shop.pool.rows(
        "SELECT trim_scale(minimum_order)::text AS minimum FROM referrals ORDER BY order_number"
      ) { row in try row.decode("minimum", as: String?.self) }
      #expect(minimums == ["100", "10"])
    }
  }

  @Test func whatOrdersHaveToldIsExplained() async throws {
    struct Explained: Decodable {
      struct Decision: Decodable {
        let campaign: String?
        let campaignsPassedOver: [String: String]?
      }
      struct Reward: Decodable {
        let role: String
        let campaign: String
        let amount: String
      }
      let decisions: [Decision]
      let rewards: [Reward]
    }
    struct Tried: Decodable {
      struct Reward: Decodable { let amount: String }
      let outcome: String
      let rule: String?
      let campaign: String?
      let reward: String?
      let rewards: [Reward]
    }
    try await TestShop.withRules(TestShop.campaigns) { shop, laurel async throws in
      let order = TestShop.order(1, of: 200)
      try await shop.place([order])
      let explained = try await laurel.json(
        "rules", "explain", order.id, "--replay", as: Explained.self)
      #expect(explained.decisions.map(\.campaign) == ["big"])
      #expect(
        explained.decisions.first?.campaignsPassedOver == ["polish": "not for country US"])
      #expect(explained.rewards.map(\.role) == ["referrer", "friend"])
      #expect(explained.rewards.map(\.amount) == ["20 USD", "15 USD"])
      let text = try await laurel("rules", "explain", order.id)
      #expect(text.output.contains("not campaign polish"))

      let next = TestShop.order(2, of: 30)
      await shop.sandbox.put(next)
      let tried = try await laurel.json("rules", "try", next.id, as: Tried.self)
      #expect(tried.outcome == "approve")
      #expect(tried.campaign == "small")
      #expect(tried.reward == "5 USD")
      #expect(tried.rewards.map(\.amount) == ["5 USD"])
      var french = TestShop.order(3, of: 20)
      french.setCountries(shipping: "FR", billing: "FR")
      await shop.sandbox.put(french)
      let refused = try await laurel.json("rules", "try", french.id, as: Tried.self)
      #expect(refused.outcome == "reject")
      #expect(refused.rule == "campaign")
      #expect(refused.campaign == nil)
    }
  }
}
