import Domain
import FoundationEssentials
import Ledger
import Postgres
import Sandbox
import Testing
import Work

/// Cases in review, and how each of them ends.
@Suite(.timeLimit(.minutes(5))) struct ReviewTests {
  private static func approve(_ shop: TestShop, _ id: Int, note: String? = nil) async throws -> Bool
  {
    try await shop.pool.transaction { session in
      try await ReviewRepository(session).approve(store: shop.store, id, note: note)
    }
  }

  private static func reject(_ shop: TestShop, _ id: Int) async throws -> Bool {
    try await ReviewRepository(shop.pool).reject(
      store: shop.store, id, rule: "review", reason: "no", note: nil)
  }

  private static func end(_ shop: TestShop, _ id: Int) async throws {
    try await shop.pool.execute(
      """
      UPDATE referrals SET review_until = now() - interval '1 second', next_check_at = now()
      WHERE id = \(id)
      """)
  }

  @Test func anApprovedCaseIsPaid() async throws {
    try await TestShop.withRules { shop, _ async throws in
      let id = try #require(try await shop.openCases(1...1).first)
      #expect(await shop.sandbox.cards.isEmpty)
      #expect(try await Self.approve(shop, id, note: "a good customer"))
      try await shop.awaitState("rewarded", of: id)
      #expect(await shop.sandbox.cards.count == 1)
      #expect(
        try await shop.decisions(id) == [
          "review by rules: large_order", "approve by person: review",
        ])
      let last = try await DecisionRepository(shop.pool).all(store: shop.store, referralID: id).last
      #expect(last?.record.reason == "a good customer")
      #expect(try await !Self.approve(shop, id))
      #expect(try await !Self.reject(shop, id))
    }
  }

  @Test func aRejectedCaseIsRefusedAtOnce() async throws {
    try await TestShop.withRules { shop, _ async throws in
      let id = try #require(try await shop.openCases(1...1).first)
      for key in ["\(id)", "4711"] {
        try await shop.pool.execute(
          """
          INSERT INTO runs (store_id, stage, key, quarantined_at)
          VALUES (\(shop.store.value), 'decide', \(key), now())
          """)
      }
      #expect(try await Self.reject(shop, id))
      try await shop.awaitState("rejected", of: id)
      // Nothing is left in quarantine of it; others stay there.
      let quarantined = try await shop.pool.rows(
        "SELECT key FROM runs WHERE quarantined_at IS NOT NULL"
      ) { row in try row.decode("key", as: String.self) }
      #expect(quarantined == ["4711"])
      #expect(
        try await shop.decisions(id) == [
          "review by rules: large_order", "reject by person: review",
        ])
      let last = try await DecisionRepository(shop.pool).all(store: shop.store, referralID: id).last
      #expect(last?.record.orderValue?.amount == 150)
      #expect(try await !Self.approve(shop, id))
      #expect(await shop.sandbox.cards.isEmpty)
    }
  }

  @Test func ofManyVerdictsAtOnceOneCounts() async throws {
    try await TestShop.withRules { shop, _ async throws in
      for number in 1...8 {
        let id = try #require(try await shop.openCases(number...number).last)
        let counted = try await withThrowingTaskGroup(of: Bool.self) { group in
          for turn in 0..<8 {
            group.addTask { () async throws in
              turn.isMultiple(of: 2)
                ? try await Self.approve(shop, id) : try await Self.reject(shop, id)
            }
          }
          return try await group.reduce(into: 0) { if $1 { $0 += 1 } }
        }
        #expect(counted == 1)
        try await shop.settle()
        try await shop.eventually("the case is not decided") {
          try await shop.decisions(id).count == 2
        }
      }
      let paid = try await shop.count(
        "SELECT count(*) AS count FROM referrals WHERE state = 'rewarded'")
      #expect(await shop.sandbox.cards.count == paid)
    }
  }

  @Test(arguments: ["reject", "approve"])
  func aCaseThatNobodyDecidesEndsByItself(otherwise: String) async throws {
    let rules = "review: {days: 3, otherwise: \(otherwise)}\n" + TestShop.valueRules
    try await TestShop.withRules(rules) { shop, _ async throws in
      let id = try #require(try await shop.openCases(1...1).first)
      let days = try await shop.count(
        """
        SELECT round(extract(epoch FROM review_until - now()) / 86400)::bigint AS count
        FROM referrals
        """)
      #expect(days == 3)
      try await Self.end(shop, id)
      try await shop.awaitState(otherwise == "approve" ? "rewarded" : "rejected", of: id)
      #expect(
        try await shop.decisions(id) == [
          "review by rules: large_order", "\(otherwise) by limit: review_limit",
        ])
      #expect(await shop.sandbox.cards.count == (otherwise == "approve" ? 1 : 0))
    }
  }

  @Test func anEventLeavesAnOrderThatStandsInReview() async throws {
    try await TestShop.withRules { shop, _ async throws in
      let order = TestShop.order(1, of: 150)
      try await shop.place([order])
      let id = try await shop.count("SELECT id AS count FROM referrals")
      // It is older than any order is waited for: that does not end a review.
      try await shop.pool.execute(
        "UPDATE referrals SET created_at = now() - interval '40 days'")
      try await shop.awaitLook(at: id) { () async throws in
        #expect(try await shop.deliver(shop.body(.orderFullyPaid, order, salt: 1)).status == 200)
      }
      try await shop.eventually("the case does not sleep again") {
        try await shop.count(
          "SELECT count(*) AS count FROM referrals WHERE next_check_at = review_until") == 1
      }
      #expect(try await shop.referral(of: order)?.state == "review")
      #expect(try await shop.referral(of: order)?.rule == "large_order")
      #expect(try await shop.decisions(id).count == 1)
      #expect(try await Self.approve(shop, id))
      try await shop.awaitState("rewarded", of: id)
    }
  }

  @Test func anOrderThatFellIsRefusedByItsEvent() async throws {
    try await TestShop.withRules { shop, _ async throws in
      let order = TestShop.order(1, of: 150)
      try await shop.place([order])
      let id = try await shop.count("SELECT id AS count FROM referrals")
      await shop.sandbox.cancel(order: order.id)
      try await TakeBackTests.tell(shop, "OrderCancelled", order.id)
      try await shop.awaitState("rejected", of: id)
      #expect(
        try await shop.decisions(id) == [
          "review by rules: large_order", "reject by requirement: order_stands",
        ])
      #expect(try await !Self.approve(shop, id))
    }
  }

  @Test func anApprovalAsksTheRequirementsAgain() async throws {
    try await TestShop.withRules { shop, _ async throws in
      let order = TestShop.order(1, of: 150)
      try await shop.place([order])
      let id = try await shop.count("SELECT id AS count FROM referrals")
      await shop.sandbox.cancel(order: order.id)
      #expect(try await Self.approve(shop, id))
      try await shop.awaitState("rejected", of: id)
      #expect(try await shop.referral(of: order)?.rule == "order_stands")
      #expect(await shop.sandbox.cards.isEmpty)
    }
  }

  /// A partial refund ends `isPaid`; the order was paid in full when its review began.
  @Test func aPartialRefundTakesNothingFromAnApproval() async throws {
    try await TestShop.withRules { shop, _ async throws in
      let order = TestShop.order(1, of: 150)
      try await shop.place([order])
      let id = try await shop.count("SELECT id AS count FROM referrals")
      try await shop.pool.execute(
        "UPDATE referrals SET created_at = now() - interval '40 days'")
      try await shop.awaitLook(at: id) { () async throws in
        await shop.sandbox.update(order: order.id) { $0.refund(10) }
        try await TakeBackTests.tell(shop, "OrderRefunded", order.id)
      }
      #expect(try await shop.referral(of: order)?.state == "review")
      #expect(try await Self.approve(shop, id))
      try await shop.awaitState("rewarded", of: id)
    }
  }

  @Test func aFullRefundEndsAReview() async throws {
    try await TestShop.withRules { shop, _ async throws in
      let order = TestShop.order(1, of: 150)
      try await shop.place([order])
      let id = try await shop.count("SELECT id AS count FROM referrals")
      await shop.sandbox.update(order: order.id) { $0.refund(150) }
      try await TakeBackTests.tell(shop, "OrderFullyRefunded", order.id)
      try await shop.awaitState("rejected", of: id)
      #expect(try await shop.referral(of: order)?.rule == "payment_stands")
    }
  }

  /// From a replica that lags behind what the case was sent to review on.
  @Test func anOlderStateOfTheOrderEndsNoReview() async throws {
    try await TestShop.withRules { shop, _ async throws in
      let order = TestShop.order(1, of: 150)
      try await shop.place([order])
      let id = try await shop.count("SELECT id AS count FROM referrals")
      try await shop.awaitLook(at: id) { () async throws in
        var old = order
        old.refund(150)
        old.fields["updatedAt"] = .string("2020-01-01T00:00:00.000000+00:00")
        await shop.sandbox.put(old)
        #expect(try await Self.approve(shop, id))
      }
      #expect(try await shop.referral(of: order)?.state == "review")
      await shop.sandbox.put(order)
      try await shop.awaitState("rewarded", of: id)
    }
  }

  @Test func ofTwoApprovedOrdersOfOneBuyerOneIsPaid() async throws {
    try await TestShop.withRules { shop, _ async throws in
      let orders = (1...2).map { TestShop.order($0, of: 150, email: "bob@example.com") }
      try await shop.place(orders)
      let ids = try await shop.pool.rows("SELECT id FROM referrals WHERE state = 'review'") { row in
        try row.decode("id", as: Int.self)
      }
      #expect(ids.count == 2)
      for id in ids { #expect(try await Self.approve(shop, id)) }
      try await shop.eventually("the cases are not decided") {
        try await shop.count(
          "SELECT count(*) AS count FROM referrals WHERE state IN ('rewarded', 'rejected')") == 2
      }
      #expect(await shop.sandbox.cards.count == 1)
      #expect(
        try await shop.count(
          """
          SELECT count(*) AS count FROM referrals
          WHERE state = 'rejected' AND rule = 'code_once_per_buyer'
          """) == 1)
    }
  }

  @Test func anApprovalWaitsOutAStoreThatDoesNotAnswer() async throws {
    try await TestShop.withRules { shop, _ async throws in
      let id = try #require(try await shop.openCases(1...1).first)
      await shop.sandbox.inject(Array(repeating: .httpStatus(503), count: 12), on: "order")
      #expect(try await Self.approve(shop, id))
      try await shop.awaitState("rewarded", of: id)
    }
  }

  @Test func whatWasFoundAtTheStoreWinsOverAReview() async throws {
    try await TestShop.withRules { shop, _ async throws in
      let id = try #require(try await shop.openCases(1...1).first)
      #expect(try await Self.approve(shop, id))
      try await shop.awaitState("rewarded", of: id)
      try await shop.settle()
      // A ledger that was put back to when the case was in review.
      try await shop.pool.execute("DELETE FROM rewards")
      try await shop.pool.execute(
        """
        UPDATE referrals SET state = 'review', rule = 'large_order', review_verdict = NULL,
          reviewed_at = NULL, decided_at = NULL, next_check_at = review_until
        """)
      #expect(try await shop.reconcile().adopting == 1)
      try await shop.awaitState("rewarded", of: id)
      #expect(try await shop.decisions(id).last == "approve by adoption: adopted")
      #expect(await shop.sandbox.cards.count == 1)
    }
  }
}
