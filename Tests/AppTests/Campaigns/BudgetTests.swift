import Domain
import FoundationEssentials
import Ledger
import Postgres
import Sandbox
import Testing
import Work

/// Bounds that hold whatever comes at once.
@Suite struct BudgetTests {
  /// A shop that decides on as many orders at once as there are connections for.
  private static func shop(
    _ rules: String, _ body: (TestShop) async throws -> Void
  ) async throws {
    try await TestShop.withRules(rules, work: { $0.width = 64 }) { shop, _ async throws in
      try await body(shop)
    }
  }

  @Test func sixtyFourOrdersAtOnceGiveWhatTheBudgetHasAndNoMore() async throws {
    let rules = """
      campaigns:
        - id: spring
          budget: {USD: 100.00}
          rewards:
            - {for: referrer, type: gift_card, amount: {USD: 2.00}}
            - {for: friend, type: gift_card, amount: {USD: 1.00}}
      """
    try await Self.shop(rules) { shop async throws in
      try await shop.bound(budgets: 100)
      try await shop.tell((1...64).map { TestShop.order($0, of: 20) })
      try await shop.awaitDecisions(64)
      try await shop.settle()
      #expect(try await shop.sums("spring") == [99, 99])
      #expect(try await shop.count("SELECT count(*) AS count FROM rewards") == 66)
      #expect(
        try await shop.count(
          """
          SELECT count(*) AS count FROM referrals WHERE state = 'rejected' AND rule = 'campaign'
          """) == 31)
    }
  }

  @Test func whatDoesNotFitIsPassedOverAndGoesToTheNext() async throws {
    let rules = """
      campaigns:
        - id: spring
          budget: {USD: 30.00}
          rewards: [{for: referrer, type: gift_card, percent: 10}]
        - id: rest
          rewards: [{for: referrer, type: gift_card, amount: {USD: 1.00}}]
      """
    try await Self.shop(rules) { shop async throws in
      try await shop.bound(budgets: 30)
      try await shop.place([TestShop.order(1, of: 250)])
      let large = TestShop.order(2, of: 60)
      try await shop.place([large, TestShop.order(3, of: 50)])
      #expect(try await shop.sums("spring") == [30, 30])
      #expect(try await shop.rewards(of: large) == ["rest referrer 1 USD issued"])
      let reasons = try await shop.decision(on: large).campaignsPassedOver
      #expect(
        reasons
          == #"{"spring":"of its budget of 30 USD 25 USD are given, and the order would earn 6 USD"}"#
      )
    }
  }

  @Test func ordersOfEveryValueAtOnceLeaveNothingThatWouldHaveFitted() async throws {
    let rules = """
      campaigns:
        - id: spring
          budget: {USD: 120.00}
          rewards: [{for: referrer, type: gift_card, percent: 10}]
      """
    try await Self.shop(rules) { shop async throws in
      try await shop.bound(budgets: 120)
      let orders = (1...64).map { TestShop.order($0, of: Decimal(20 + $0 * 37 % 113)) }
      try await shop.tell(orders)
      try await shop.awaitDecisions(64)
      let sums = try await shop.sums("spring")
      let given = try #require(sums.first)
      #expect(sums == [given, given])
      for order in orders where try await shop.rewards(of: order).isEmpty {
        #expect(order.total / 10 > 120 - given)
      }
    }
  }

  @Test func whatIsTakenBackMeanwhileCanBeGivenAgain() async throws {
    let rules = """
      campaigns:
        - id: spring
          budget: {USD: 60.00}
          rewards: [{for: referrer, type: gift_card, amount: {USD: 3.00}}]
      """
    try await Self.shop(rules) { shop async throws in
      try await shop.bound(budgets: 60)
      async let told: Void = shop.tell((1...64).map { TestShop.order($0, of: 20) })
      var taken = 0
      try await shop.eventually("there are no rewards to take back", within: .seconds(60)) {
        // A card that is just being tagged is revoked when that is over, which can be a lease later.
        let ids = try await shop.pool.rows(
          """
          SELECT id FROM rewards WHERE status = 'issued' AND next_attempt_at IS NULL
          ORDER BY created_at LIMIT 5
          """
        ) { row in try row.decode("id", as: UUID.self) }
        for id in ids where taken < 10 {
          let state = try await shop.pool.transaction { session in
            try await TakeBackRepository(session).takeBack(
              store: shop.store, reward: id, in: [.issued], reason: "a test")
          }
          if state != nil { taken += 1 }
        }
        return taken >= 10
      }
      try await told
      try await shop.awaitDecisions(64)
      try await shop.waitForRewards(10, .revoked)
      let more = (65...80).map { TestShop.order($0, of: 20) }
      try await shop.place(more)
      #expect(try await shop.sums("spring") == [60, 60])
      #expect(
        try await shop.count(
          "SELECT count(*) AS count FROM rewards WHERE status = 'issued'") == 20)
    }
  }

  @Test func sixtyFourOrdersAtOnceKeepToTheReferrersLimit() async throws {
    let rules = """
      campaigns:
        - id: spring
          limits: {per_day: 12, in_all: 10}
          rewards: [{for: referrer, type: gift_card, amount: {USD: 3.00}}]
      """
    try await Self.shop(rules) { shop async throws in
      try await shop.tell((1...64).map { TestShop.order($0, of: 20) })
      try await shop.awaitDecisions(64)
      try await shop.settle()
      #expect(try await shop.count("SELECT count(*) AS count FROM rewards") == 10)
      #expect(
        try await shop.count(
          """
          SELECT count(*) AS count FROM referrals
          WHERE state = 'rejected' AND rule = 'campaign_limit'
            AND reason = 'the referrer has 10 of 10 orders of campaign spring in all'
          """) == 54)
    }
  }

  @Test func aSumThatBeginsCountsWhatIsJustBeingWritten() async throws {
    try await TestShop.withRules(TestShop.campaigns) { shop, _ async throws in
      try await shop.place([TestShop.order(1, of: 20)])
      let usd = try #require(Currency("USD"))
      let key = BudgetRepository.Key(campaignID: "small", currency: usd)
      try await withThrowingTaskGroup(of: Void.self) { group in
        try await shop.pool.transaction { session in
          // Nobody has committed this one yet.
          try await session.execute("UPDATE rewards SET amount = 8 WHERE campaign_id = 'small'")
          group.addTask {
            try await BudgetRepository(shop.pool).begin(store: shop.store, [key])
          }
          try await shop.eventually("nobody waits for the rewards") {
            try await shop.count(
              """
              SELECT count(*) AS count FROM pg_stat_activity
              WHERE datname = current_database() AND wait_event_type = 'Lock'
              """) == 1
          }
        }
        try await group.waitForAll()
      }
      #expect(try await shop.sums("small") == [8, 8])
      let given = try await BudgetRepository.given(shop.pool, store: shop.store, [key])
      #expect(given == [key: 8])
    }
  }
}
