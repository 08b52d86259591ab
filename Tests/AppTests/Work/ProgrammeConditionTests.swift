import Domain
import FoundationEssentials
import Ledger
import Postgres
import Sandbox
import Testing

/// The conditions of a programme, from the environment to the decision.
@Suite struct ProgrammeConditionTests {
  private static func outcomes(
    _ shop: TestShop, _ orders: [SandboxOrder]
  ) async throws -> [String?] {
    try await DecisionTests.standings(shop, orders).map { $0?.rule ?? $0?.state }
  }

  @Test func everyConditionOfTheEnvironmentIsAsked() async throws {
    let environment = [
      "REFERRAL_MINIMUM_ORDER": "20", "REFERRAL_CHANNELS": "default-channel, pl",
      "REFERRAL_BLOCKED_DOMAINS": "trash.example", "REFERRAL_BLOCKED_USERS": "VXNlcjo5",
      "REFERRAL_BLOCKED_ADDRESSES": "carol@gmail.com",
    ]
    try await TestShop.open(environment: environment) { shop async throws in
      try await shop.issueAlicesCode()
      var draft = DecisionTests.paid(1, email: "a@example.com")
      draft.origin = "DRAFT"
      var staff = DecisionTests.paid(2, email: "b@example.com", user: "VXNlcjoz")
      staff.fields["user"]["isStaff"] = true
      var withGiftCard = DecisionTests.paid(3, email: "c@example.com")
      withGiftCard.fields["totalCharged"]["amount"] = .number("19.99")
      let elsewhere = SandboxOrder.paid(
        number: 4, total: 20, channel: "us", email: "d@example.com",
        metadata: ["ref_code": "ALICE10"])
      let outcomes = try await Self.outcomes(
        shop,
        [
          draft, staff, withGiftCard, elsewhere,
          DecisionTests.paid(5, email: "bob@x.TRASH.example"),
          DecisionTests.paid(6, email: "f@example.com", user: "VXNlcjo5"),
          DecisionTests.paid(7, email: "ca.rol@googlemail.com"),
          DecisionTests.paid(8, email: "g@example.com"),
        ])
      #expect(
        outcomes == [
          "order_origin", "staff_buyer", "minimum_order", "channel", "blocked", "blocked",
          "blocked", "rewarded",
        ])
    }
  }

  @Test func aBuyerOfTheStoresRecordsIsNotNew() async throws {
    try await TestShop.open(environment: ["REFERRAL_NEW_CUSTOMERS_ONLY": "true"]) {
      shop async throws in
      try await shop.issueAlicesCode()
      let past = Date(timeIntervalSinceNow: -86_400)
      func old(_ number: Int, _ email: String, user: String? = nil) -> SandboxOrder {
        .paid(number: number, total: 5, email: email, userID: user, created: past)
      }
      var cancelled = old(3, "fay@example.com")
      cancelled.cancel()
      for order in [
        old(1, "Guest@Example.com"), old(2, "x@example.com", user: "VXNlcjoy"), cancelled,
        .unpaid(number: 4, total: 5, email: "gil@example.com", created: past),
      ] {
        await shop.sandbox.put(order)
      }
      let outcomes = try await Self.outcomes(
        shop,
        [
          DecisionTests.paid(11, email: "Guest@Example.com"),
          DecisionTests.paid(12, email: "other@example.com", user: "VXNlcjoy"),
          DecisionTests.paid(13, email: "fay@example.com"),
          DecisionTests.paid(14, email: "gil@example.com"),
          DecisionTests.paid(15, email: "new@example.com", user: "VXNlcjoz"),
        ])
      #expect(
        outcomes == ["new_customer", "new_customer", "rewarded", "rewarded", "rewarded"])
    }
  }

  @Test func aBuyerOfOwnRecordsIsNotNewUnderAnySpelling() async throws {
    try await TestShop.open(environment: ["REFERRAL_NEW_CUSTOMERS_ONLY": "true"]) {
      shop async throws in
      try await shop.issueAlicesCode()
      let first = SandboxOrder.paid(
        number: 1, total: 5, email: "b.ob@gmail.com", created: Date(timeIntervalSinceNow: -60))
      await shop.sandbox.put(first)
      _ = try await shop.deliver(shop.body(.orderFullyPaid, first))
      try await shop.settle()
      #expect(try await shop.count("SELECT count(*) AS count FROM buyers") == 1)
      let outcomes = try await Self.outcomes(
        shop,
        [
          DecisionTests.paid(2, email: "bob+2@googlemail.com"),
          DecisionTests.paid(3, email: "carol@example.com"),
        ])
      #expect(outcomes == ["new_customer", "rewarded"])
    }
  }

  @Test(arguments: ["REFERRAL_DAILY_LIMIT", "REFERRAL_MONTHLY_LIMIT"])
  func aLimitIsExactWhenOrdersComeAtOnce(limit: String) async throws {
    try await TestShop.open(environment: [limit: "10"]) { shop async throws in
      try await shop.issueAlicesCode()
      let orders = (1...64).map { DecisionTests.paid($0, email: "friend\($0)@example.com") }
      for order in orders { await shop.sandbox.put(order) }
      try await withThrowingTaskGroup { group in
        for order in orders {
          group.addTask {
            let answer = try await shop.deliver(shop.body(.orderFullyPaid, order))
            #expect(answer.status == 200)
          }
        }
        try await group.waitForAll()
      }
      try await shop.settle()
      #expect(await shop.sandbox.cards.count == 10)
      #expect(
        try await shop.count("SELECT count(*) AS count FROM referrals WHERE state = 'rewarded'")
          == 10)
      #expect(
        try await shop.count(
          """
          SELECT count(*) AS count FROM referrals
          WHERE state = 'rejected' AND rule IN ('daily_limit', 'monthly_limit')
          """) == 54)
    }
  }

  @Test func aLimitOfTheDayIsFreeAgainTheNextDay() async throws {
    try await TestShop.open(environment: ["REFERRAL_DAILY_LIMIT": "1"]) { shop async throws in
      try await shop.issueAlicesCode()
      #expect(
        try await Self.outcomes(
          shop,
          [
            DecisionTests.paid(1, email: "a@example.com"),
            DecisionTests.paid(2, email: "b@example.com"),
          ]) == ["rewarded", "daily_limit"])
      try await shop.pool.execute(
        "UPDATE referrals SET decided_at = date_trunc('day', now(), 'UTC') - interval '1 second'")
      #expect(
        try await Self.outcomes(shop, [DecisionTests.paid(3, email: "c@example.com")])
          == ["rewarded"])
    }
  }
}
