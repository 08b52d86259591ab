import FoundationEssentials
import Ledger
import Postgres
import Sandbox
import Testing

/// Who bought and got his money back is a new customer all the same.
@Suite struct FallenPurchaseTests {
  /// An order of yesterday, or of an hour in it.
  private static func old(_ number: Int, _ email: String, hour: Double = 0) -> SandboxOrder {
    .paid(
      number: number, total: 5, email: email,
      created: Date(timeIntervalSinceNow: -86_400 + hour * 3600))
  }

  /// Tells Laurel of a paid order.
  private static func tell(_ shop: TestShop, _ order: SandboxOrder, salt: Int = 0) async throws {
    #expect(try await shop.deliver(shop.body(.orderFullyPaid, order, salt: salt)).status == 200)
    try await shop.settle()
  }

  private static func open(_ body: (TestShop) async throws -> Void) async throws {
    try await TestShop.open(environment: ["REFERRAL_NEW_CUSTOMERS_ONLY": "true"]) {
      shop async throws in
      try await shop.issueAlicesCode()
      try await body(shop)
    }
  }

  /// The ways in which an order falls.
  enum Fall: CaseIterable {
    case cancelled, refunded, refundedAfterShipping, expired
  }

  @Test(arguments: Fall.allCases) func anOrderThatFellDoesNotCount(_ fall: Fall) async throws {
    try await Self.open { shop async throws in
      let first = Self.old(1, "b.ob@gmail.com")
      await shop.sandbox.put(first)
      try await Self.tell(shop, first)
      await shop.sandbox.update(order: first.id) { order in
        switch fall {
        case .cancelled: order.cancel()
        case .refunded: order.refund(5)
        case .refundedAfterShipping:
          order.refund(5)
          order.status = "FULFILLED"
        case .expired:
          order.refund(5)
          order.status = "EXPIRED"
        }
      }
      // A delivery of the state before the fall comes late.
      try await Self.tell(shop, first, salt: 7)
      let standings = try await DecisionTests.standings(
        shop, [DecisionTests.paid(2, email: "bob@googlemail.com")])
      #expect(standings.map { $0?.rule ?? $0?.state } == ["rewarded"])
    }
  }

  @Test func theOrderAfterTheOneThatFellCounts() async throws {
    try await Self.open { shop async throws in
      let orders = [Self.old(1, "b.ob@gmail.com"), Self.old(2, "b.o.b@gmail.com", hour: 2)]
      for order in orders.reversed() {
        await shop.sandbox.put(order)
        try await Self.tell(shop, order)
      }
      await shop.sandbox.cancel(order: orders[0].id)
      let standings = try await DecisionTests.standings(
        shop, [DecisionTests.paid(3, email: "bob@googlemail.com")])
      #expect(standings.map { $0?.reason } == ["the buyer has bought before, with order 2"])
    }
  }

  @Test func aPolledOrderThatHasFallenIsNoPurchase() async throws {
    try await TestShop.open(environment: ["LAUREL_POLL_SECONDS": "1"]) { shop async throws in
      var cancelled = Self.old(1, "bob@example.com", hour: 24)
      cancelled.cancel()
      await shop.sandbox.put(cancelled)
      try await shop.eventually("the order is not polled") {
        try await shop.count("SELECT count(*) AS count FROM inbox") == 1
      }
      try await shop.settle()
      #expect(try await shop.count("SELECT count(*) AS count FROM buyers") == 0)
    }
  }
}
