import Domain
import FoundationEssentials
import Ledger
import Postgres
import Sandbox
import Testing

/// Orders that the antifraud rules decide on.
@Suite(.timeLimit(.minutes(3))) struct RuledDecisionTests {
  @Test func theRulesApproveReviewAndReject() async throws {
    try await TestShop.withRules { shop, _ async throws in
      let orders = [
        TestShop.order(1, of: 20), TestShop.order(2, of: 150), TestShop.order(3, of: 1500),
      ]
      try await shop.place(orders)
      let standings = [
        try await shop.referral(of: orders[0]), try await shop.referral(of: orders[1]),
        try await shop.referral(of: orders[2]),
      ]
      #expect(standings.map { $0?.state } == ["rewarded", "review", "rejected"])
      #expect(standings.map { $0?.rule } == [nil, "large_order", "huge_order"])
      #expect(standings.map { $0?.reason } == [nil, "The order is large.", "The order is huge."])
      #expect(await shop.sandbox.cards.count == 1)
      let days = try await shop.pool.first(
        """
        SELECT round(extract(epoch FROM review_until - now()) / 86400)::integer AS count,
          next_check_at = review_until AS sleeps FROM referrals WHERE state = 'review'
        """
      ) { row in
        (try row.decode("count", as: Int.self), try row.decode("sleeps", as: Bool.self))
      }
      #expect(days?.0 == 14 && days?.1 == true)
      #expect(try await shop.count("SELECT count(*) AS count FROM rule_files") == 1)
      let scrape = try await Scrape(shop)
      #expect(scrape.value("laurel_decision_outcomes_total", ["outcome": "review"]) == 1)
      #expect(
        scrape.value("laurel_decisions_total", ["outcome": "review", "rule": "large_order"]) == 1)
      #expect(
        scrape.value(
          "laurel_rule_outcomes_total",
          ["rule": "any_order", "result": "hit", "mode": "shadow"]) == 3)
      #expect(
        scrape.value(
          "laurel_rule_outcomes_total",
          ["rule": "old_account", "result": "unknown", "mode": "on"]) == 3)
      #expect(scrape.value("laurel_reviews_open") == 1)
    }
  }

  @Test func everyDecisionIsKeptWithItsFacts() async throws {
    try await TestShop.withRules { shop, _ async throws in
      let large = TestShop.order(1, of: 150)
      let own = TestShop.order(2, of: 30, email: "alice@example.com")
      try await shop.place([large, own])
      let decisions = DecisionRepository(shop.pool)
      let ids = try await shop.pool.rows("SELECT id FROM referrals ORDER BY order_number") { row in
        try row.decode("id", as: Int.self)
      }
      let kept = try #require(
        try await decisions.all(store: shop.store, referralID: ids[0]).first)
      #expect(kept.record.outcome == .review && kept.record.decidedBy == .rules)
      #expect(kept.record.score == 30 && kept.record.rulesText == TestShop.valueRules)
      #expect(kept.record.rulesVersion.count == 64)
      #expect(kept.record.ruleHits == ["any_order", "large_order"])
      #expect(kept.record.facts?.contains(#""order_value":["150","USD"]"#) == true)
      #expect(kept.record.facts?.contains("friend1@example.com") == true)
      #expect(kept.record.orderValue?.amount == 150 && kept.record.reward?.amount == 10.5)
      #expect(kept.record.channel == "default-channel")
      // What a requirement refuses is kept with its facts too.
      let refused = try #require(
        try await decisions.all(store: shop.store, referralID: ids[1]).first)
      #expect(refused.record.outcome == .reject && refused.record.decidedBy == .requirement)
      #expect(refused.record.rule == "self_referral" && refused.record.facts != nil)
      #expect(refused.record.ruleHits == ["any_order"])
    }
  }

  @Test func anOrderThatWaitsIsNoDecision() async throws {
    try await TestShop.withRules { shop, _ async throws in
      let order = SandboxOrder.unpaid(
        number: 1, total: 150, email: "bob@example.com", metadata: ["ref_code": "ALICE10"])
      await shop.sandbox.put(order)
      #expect(try await shop.deliver(shop.body(.orderConfirmed, order)).status == 200)
      try await shop.eventually("the order is not looked at") {
        try await shop.referral(of: order)?.rule == "order_paid"
      }
      #expect(try await shop.count("SELECT count(*) AS count FROM decisions") == 0)
      await shop.sandbox.pay(order: order.id)
      try await shop.eventually("the order is not in review") {
        try await shop.referral(of: order)?.state == "review"
      }
      #expect(try await shop.count("SELECT count(*) AS count FROM decisions") == 1)
    }
  }
}
