import Domain
import FoundationEssentials
import Ledger
import Postgres
import Sandbox
import Testing

/// Orders whose rewards are held back.
@Suite struct HoldTests {
  private static let rules = """
    campaigns:
      - id: patient
        hold_days: 14
        rewards: [{for: referrer, type: gift_card, percent: 10}]
    rules:
      - name: large_order
        when: order_value >= 100 USD
        then: review
        reason: The order is large.
    """

  private static func awaitHold(_ shop: TestShop, _ orders: Int = 1) async throws {
    try await shop.eventually("nothing is held back") {
      try await shop.count(
        """
        SELECT count(*) AS count FROM referrals
        WHERE state = 'tracked' AND rule = 'hold' AND next_check_at = held_until
          AND lease_until IS NULL
        """) == orders
    }
  }

  /// Lets the time of the hold go by.
  private static func passTime(_ shop: TestShop, days: Int = 14) async throws {
    try await shop.pool.execute(
      """
      UPDATE referrals SET paid_at = paid_at - \(days) * interval '1 day',
        held_until = held_until - \(days) * interval '1 day',
        next_check_at = next_check_at - \(days) * interval '1 day'
      """)
  }

  /// Has an event bring a look at an order that is held back, which leaves it so.
  private static func lookAgain(
    _ shop: TestShop, _ order: SandboxOrder, on day: Int
  ) async throws {
    let looks = await shop.sandbox.calls["order"] ?? 0
    let body = shop.body(.orderFullyPaid, order, salt: day)
    #expect(try await shop.deliver(body).status == 200)
    try await shop.eventually("the order is not looked at on day \(day)") {
      await shop.sandbox.calls["order"] ?? 0 > looks
    }
    try await awaitHold(shop)
  }

  @Test func whatIsFreeInABudgetMeanwhileDoesNotMatter() async throws {
    let rules = """
      campaigns:
        - id: patient
          hold_days: 14
          budget: {USD: 5.00}
          rewards: [{for: referrer, type: gift_card, percent: 10}]
        - id: prompt
          rewards: [{for: referrer, type: gift_card, amount: {USD: 1.00}}]
      """
    try await TestShop.withRules(rules) { shop, _ async throws in
      let order = TestShop.order(1, of: 50)
      try await shop.tell([order])
      try await Self.awaitHold(shop)
      try await Self.passTime(shop, days: 3)
      try await shop.pool.execute("UPDATE campaign_budgets SET given = 5")
      try await Self.lookAgain(shop, order, on: 3)
      #expect(try await shop.rewards(of: order) == [])
      #expect(try await shop.count("SELECT count(*) AS count FROM decisions") == 0)
      #expect(
        try await shop.referral(of: order)?.reason
          == "campaign patient holds rewards back for 14 days")
      try await shop.pool.execute("UPDATE campaign_budgets SET given = 0")
      try await Self.passTime(shop, days: 11)
      try await shop.settle()
      #expect(try await shop.rewards(of: order) == ["patient referrer 5 USD issued"])
    }
  }

  @Test func theRewardIsDueWhenItIsOver() async throws {
    try await TestShop.withRules(Self.rules) { shop, _ async throws in
      let order = TestShop.order(1, of: 20)
      try await shop.tell([order])
      try await Self.awaitHold(shop)
      #expect(
        try await shop.count(
          """
          SELECT count(*) AS count FROM referrals
          WHERE held_until = paid_at + interval '14 days' AND paid_at > now() - interval '1 minute'
            AND order_number = '1' AND decided_at IS NULL
          """) == 1)
      #expect(try await shop.count("SELECT count(*) AS count FROM decisions") == 0)
      try await Self.passTime(shop, days: 13)
      try await Self.lookAgain(shop, order, on: 13)
      #expect(try await shop.rewards(of: order) == [])
      try await Self.passTime(shop, days: 1)
      try await shop.settle()
      #expect(try await shop.rewards(of: order) == ["patient referrer 2 USD issued"])
    }
  }

  @Test func aPartialRefundMeanwhileDoesNotEndItAndIsNotPaidFor() async throws {
    try await TestShop.withRules(Self.rules) { shop, _ async throws in
      let order = TestShop.order(1, of: 50)
      try await shop.tell([order])
      try await Self.awaitHold(shop)
      await shop.sandbox.update(order: order.id) { $0.refund(20) }
      try await TakeBackTests.tell(shop, "OrderRefunded", order.id)
      try await shop.eventually("the order is not looked at") {
        await shop.sandbox.calls["order"] ?? 0 >= 2
      }
      try await Self.awaitHold(shop)
      try await Self.passTime(shop)
      try await shop.settle()
      #expect(try await shop.rewards(of: order) == ["patient referrer 3 USD issued"])
    }
  }

  @Test func aCancellationEndsItAtOnce() async throws {
    try await TestShop.withRules(Self.rules) { shop, _ async throws in
      let order = TestShop.order(1, of: 20)
      try await shop.tell([order])
      try await Self.awaitHold(shop)
      await shop.sandbox.cancel(order: order.id)
      try await TakeBackTests.tell(shop, "OrderCancelled", order.id)
      try await shop.awaitDecisions(1)
      #expect(try await shop.referral(of: order)?.rule == "order_stands")
      #expect(try await shop.rewards(of: order) == [])
    }
  }

  @Test func theRulesAreAskedAfterIt() async throws {
    try await TestShop.withRules(Self.rules) { shop, _ async throws in
      let order = TestShop.order(1, of: 150)
      try await shop.tell([order])
      try await Self.awaitHold(shop)
      try await Self.passTime(shop)
      try await shop.settle()
      #expect(try await shop.referral(of: order)?.state == "review")
      let id = try await shop.count("SELECT id AS count FROM referrals")
      try await shop.pool.execute(
        "UPDATE referrals SET review_verdict = 'approve', reviewed_at = now(), next_check_at = now()"
      )
      try await shop.awaitState("rewarded", of: id)
      #expect(try await shop.rewards(of: order) == ["patient referrer 15 USD issued"])
    }
  }

  @Test func itDoesNotCountAgainstThePatience() async throws {
    try await TestShop.withRules(Self.rules) { shop, _ async throws in
      let order = TestShop.order(1, of: 20)
      try await shop.tell([order])
      try await Self.awaitHold(shop)
      // The order is gone at the store for a while, long after it was placed.
      await shop.sandbox.remove(order: order.id)
      try await shop.pool.execute(
        """
        UPDATE referrals SET created_at = now() - interval '40 days',
          paid_at = now() - interval '39 days', held_until = now() - interval '25 days',
          next_check_at = now()
        """)
      try await shop.eventually("nobody looks for the order") {
        try await shop.referral(of: order)?.rule == "order_found"
      }
      #expect(try await shop.referral(of: order)?.state == "tracked")
      await shop.sandbox.put(order)
      try await shop.settle()
      #expect(try await shop.referral(of: order)?.state == "rewarded")
    }
  }
}
