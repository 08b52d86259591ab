import Domain
import FoundationEssentials
import Ledger
import Postgres
import Sandbox
import Testing

@Suite struct DecisionTests {
  static func paid(
    _ number: Int, email: String, user: String? = nil, code: String? = "ALICE10"
  ) -> SandboxOrder {
    .paid(
      number: number, total: 20, email: email, userID: user,
      metadata: code.map { ["ref_code": $0] } ?? [:])
  }

  /// Sends one event about each order and gives their standings once all is settled.
  static func standings(
    _ shop: TestShop, _ orders: [SandboxOrder]
  ) async throws -> [ReferralRepository.Standing?] {
    for order in orders {
      await shop.sandbox.put(order)
      #expect(try await shop.deliver(shop.body(.orderFullyPaid, order)).status == 200)
      try await shop.settle()
    }
    var result: [ReferralRepository.Standing?] = []
    for order in orders {
      result.append(
        try await ReferralRepository(shop.pool).find(store: shop.store, orderID: order.id))
    }
    return result
  }

  @Test func anOrderWithoutACodeIsSettledWithoutACallToTheStore() async throws {
    try await TestShop.open { shop async throws in
      let orders = [
        Self.paid(1, email: "a@example.com", code: nil),
        Self.paid(2, email: "b@example.com", code: "  "),
        Self.paid(3, email: "c@example.com", code: "no code at all!"),
      ]
      #expect(try await Self.standings(shop, orders) == [nil, nil, nil])
      #expect(await shop.sandbox.calls["order"] == nil)
      #expect(try await shop.count("SELECT count(*) FROM inbox WHERE outcome = 'no_code'") == 2)
      #expect(
        try await shop.count("SELECT count(*) FROM inbox WHERE outcome = 'invalid_code'") == 1)
    }
  }

  @Test func rejectionsSayWhichRuleAndWhichValues() async throws {
    try await TestShop.open { shop async throws in
      try await shop.issueAlicesCode()
      var cancelled = Self.paid(5, email: "e@example.com")
      cancelled.cancel()
      let standings = try await Self.standings(
        shop,
        [
          Self.paid(1, email: "friend@example.com", code: " alice10\n"),
          Self.paid(2, email: "FRIEND@example.com"),
          Self.paid(3, email: "x@example.com", user: "VXNlcjox"),
          Self.paid(4, email: "Alice@Example.com"), cancelled,
          Self.paid(6, email: "f@example.com", code: "NOSUCH"),
        ])
      #expect(
        standings.map { $0?.state } == [
          "rewarded", "rejected", "rejected", "rejected", "rejected", "rejected",
        ])
      #expect(
        standings.map { $0?.reason } == [
          nil, "f***@example.com was already referred by code ALICE10 with order 1",
          "buyer VXNlcjox is the referrer of code ALICE10",
          "address a***@example.com is the referrer's of code ALICE10",
          "order 5 is CANCELED", "no code NOSUCH was issued",
        ])
      #expect(await shop.sandbox.cards.count == 1)
    }
  }

  @Test func aBuyerIsReferredOnceUnderAnySpellingOfHisAddress() async throws {
    try await TestShop.open { shop async throws in
      try await shop.issueAlicesCode()
      let standings = try await Self.standings(
        shop,
        [
          Self.paid(1, email: "first.last@gmail.com"),
          Self.paid(2, email: "FirstLast+again@googlemail.com"),
          Self.paid(3, email: "friend@example.com"), Self.paid(4, email: "friend+2@example.com"),
        ])
      #expect(standings.map { $0?.state } == ["rewarded", "rejected", "rewarded", "rejected"])
    }
  }

  @Test func anOrderOfNobodyEarnsNothing() async throws {
    try await TestShop.open { shop async throws in
      try await shop.issueAlicesCode()
      let standings = try await Self.standings(
        shop, [Self.paid(1, email: ""), Self.paid(2, email: "not an address")])
      #expect(standings.map { $0?.rule } == ["buyer_known", "buyer_known"])
    }
  }

  @Test func aCustomerIsReferredOnceUnderAnyAddress() async throws {
    try await TestShop.open { shop async throws in
      try await shop.issueAlicesCode()
      let standings = try await Self.standings(
        shop,
        [
          Self.paid(1, email: "b1@example.com", user: "VXNlcjoy"),
          Self.paid(2, email: "b2@example.com", user: "VXNlcjoy"),
        ])
      #expect(standings.map { $0?.state } == ["rewarded", "rejected"])
    }
  }

  @Test func ofManyOrdersOfOneBuyerAtOnceOneIsPaid() async throws {
    try await TestShop.open { shop async throws in
      try await shop.issueAlicesCode()
      let orders = (1...32).map { Self.paid($0, email: "friend@example.com") }
      for order in orders { await shop.sandbox.put(order) }
      try await withThrowingTaskGroup { group in
        for order in orders {
          group.addTask { () async throws in
            #expect(try await shop.deliver(shop.body(.orderFullyPaid, order)).status == 200)
          }
        }
        try await group.waitForAll()
      }
      try await shop.settle()
      #expect(await shop.sandbox.cards.count == 1)
      #expect(try await shop.count("SELECT count(*) FROM referrals WHERE state = 'rewarded'") == 1)
      #expect(try await shop.count("SELECT count(*) FROM referrals WHERE state = 'rejected'") == 31)
    }
  }

  @Test func anUnpaidOrderIsTrackedAndPaidLater() async throws {
    try await TestShop.open { shop async throws in
      try await shop.issueAlicesCode()
      let order = SandboxOrder.unpaid(
        number: 1, total: 20, email: "friend@example.com", metadata: ["ref_code": "ALICE10"])
      await shop.sandbox.put(order)
      #expect(try await shop.deliver(shop.body(.orderConfirmed, order)).status == 200)
      let referrals = ReferralRepository(shop.pool)
      try await shop.eventually("the order is not looked at") {
        try await referrals.find(store: shop.store, orderID: order.id)?.rule == "order_paid"
      }
      #expect(try await referrals.find(store: shop.store, orderID: order.id)?.state == "tracked")
      #expect(await shop.sandbox.cards.isEmpty)
      // Nobody tells Laurel: the next reading finds out.
      await shop.sandbox.pay(order: order.id)
      try await shop.settle()
      #expect(try await referrals.find(store: shop.store, orderID: order.id)?.state == "rewarded")
      #expect(await shop.sandbox.cards.count == 1)
    }
  }

  @Test func anOrderThatIsNeverPaidIsGivenUp() async throws {
    try await TestShop.open { shop async throws in
      try await shop.issueAlicesCode()
      let order = SandboxOrder.unpaid(
        number: 1, total: 20, email: "friend@example.com", metadata: ["ref_code": "ALICE10"])
      await shop.sandbox.put(order)
      _ = try await shop.deliver(shop.body(.orderConfirmed, order))
      try await shop.eventually("the order is not tracked") {
        try await shop.count("SELECT count(*) FROM referrals") == 1
      }
      try await shop.pool.execute(
        "UPDATE referrals SET created_at = now() - interval '31 days', next_check_at = now()")
      try await shop.settle()
      let standing = try #require(
        try await ReferralRepository(shop.pool).find(store: shop.store, orderID: order.id))
      #expect(standing.state == "rejected")
      #expect(standing.reason?.contains("after 30 days") == true)
    }
  }

  @Test func anAppThatMayNotReadOrdersDecidesNothing() async throws {
    try await TestShop.open { shop async throws in
      try await shop.issueAlicesCode()
      await shop.sandbox.inject(
        [SandboxFault](repeating: .permissionDenied, count: 1000), on: "order")
      let order = Self.paid(1, email: "friend@example.com")
      await shop.sandbox.put(order)
      _ = try await shop.deliver(shop.body(.orderFullyPaid, order))
      try await shop.eventually("the refusal is not noted") {
        try await ReferralRepository(shop.pool).find(store: shop.store, orderID: order.id)?.rule
          == "order_read"
      }
      #expect(await shop.sandbox.cards.isEmpty)
      await shop.sandbox.behave()
      try await shop.settle()
      #expect(await shop.sandbox.cards.count == 1)
    }
  }
}
