import Domain
import FoundationEssentials
import Ledger
import Postgres
import Sandbox
import Testing
import Work

/// Rewards for the first, the third, the tenth order of a referrer.
@Suite struct MilestoneTests {
  private static let rules = """
    campaigns:
      - id: loyal
        rewards:
          - for: referrer
            type: gift_card
            milestones: {1: {USD: 5.00}, 3: {USD: 25.00}, 10: {USD: 50.00}}
    """

  @Test func ordersBetweenThemCountAndEarnNothing() async throws {
    try await TestShop.withRules(Self.rules) { shop, _ async throws in
      var rewards: [[String]] = []
      let orders = (1...4).map { TestShop.order($0, of: 20) }
      for order in orders {
        try await shop.place([order])
        rewards.append(try await shop.rewards(of: order))
      }
      #expect(
        rewards == [
          ["loyal referrer 5 USD issued"], [], ["loyal referrer 25 USD issued"], [],
        ])
      let second = try #require(try await shop.referral(of: orders[1]))
      #expect(second.state == "rewarded")
      #expect(second.reason == "order 2 of the referrer earns nothing in campaign loyal")
      #expect(
        try await shop.count(
          "SELECT count(*) AS count FROM rewards WHERE milestone IN (1, 3)") == 2)

      // One falls: the count comes to three once more, and that was paid.
      await shop.sandbox.cancel(order: orders[1].id)
      try await TakeBackTests.tell(shop, "OrderCancelled", orders[1].id)
      try await shop.eventually("the order does not fall") {
        try await shop.referral(of: orders[1])?.state == "rejected"
      }
      await shop.sandbox.cancel(order: orders[3].id)
      try await TakeBackTests.tell(shop, "OrderCancelled", orders[3].id)
      try await shop.eventually("the order does not fall") {
        try await shop.referral(of: orders[3])?.state == "rejected"
      }
      let next = TestShop.order(5, of: 20)
      try await shop.place([next])
      #expect(try await shop.rewards(of: next) == [])
    }
  }

  @Test func oneWhoseOrderFellIsPaidByTheNext() async throws {
    try await TestShop.withRules(Self.rules) { shop, _ async throws in
      let orders = (1...4).map { TestShop.order($0, of: 20) }
      for order in orders { try await shop.place([order]) }
      await shop.sandbox.cancel(order: orders[2].id)
      try await TakeBackTests.tell(shop, "OrderCancelled", orders[2].id)
      try await shop.waitForRewards(1, .revoked)
      let next = (5...6).map { TestShop.order($0, of: 20) }
      for order in next { try await shop.place([order]) }
      #expect(try await shop.rewards(of: next[0]) == ["loyal referrer 25 USD issued"])
      #expect(try await shop.rewards(of: next[1]) == [])
      #expect(
        try await shop.count(
          "SELECT milestone AS count FROM rewards WHERE order_id = \(next[0].id)") == 3)
    }
  }

  @Test func oneThatCameLaterIsNotPaidForWhatIsPast() async throws {
    try await TestShop.withRules(Self.rules) { shop, _ async throws in
      for number in 1...4 { try await shop.place([TestShop.order(number, of: 20)]) }
      // As if the third had not been in the file.
      try await shop.pool.execute("UPDATE rewards SET milestone = 2 WHERE milestone = 3")
      let next = TestShop.order(5, of: 20)
      try await shop.place([next])
      #expect(try await shop.rewards(of: next) == [])
    }
  }

  @Test func ordersAtOncePayEachOfThemOnce() async throws {
    try await TestShop.withRules(Self.rules, work: { $0.width = 64 }) { shop, _ async throws in
      try await shop.tell((1...24).map { TestShop.order($0, of: 20) })
      try await shop.awaitDecisions(24)
      try await shop.settle()
      let amounts = try await shop.pool.rows("SELECT amount FROM rewards ORDER BY amount") {
        row in try row.decode("amount", as: Decimal.self)
      }
      #expect(amounts == [5, 25, 50])
      #expect(
        try await shop.count(
          "SELECT count(*) AS count FROM referrals WHERE state = 'rewarded'") == 24)
    }
  }
}
