import Domain
import FoundationEssentials
import Ledger
import Postgres
import Sandbox
import Testing
import Work

/// Orders whose facts the store does not tell at once.
@Suite(.timeLimit(.minutes(3))) struct FactFailureTests {
  private static let rules = """
    rules:
      - name: new_referrer
        when: referrer_account_age < 1d
        then: reject
        reason: The referrer has just come.
    """

  private static func open(_ body: (TestShop) async throws -> Void) async throws {
    try await TestShop.withRules(rules) { shop, _ async throws in
      await shop.sandbox.put(
        SandboxCustomer(number: 1, email: "alice@example.com", created: Date()))
      try await body(shop)
    }
  }

  @Test func looksThatWaitedForPaymentAreNoFailures() async throws {
    try await Self.open { shop async throws in
      let order = SandboxOrder.unpaid(
        number: 1, total: 150, email: "bob@example.com", metadata: ["ref_code": "ALICE10"])
      await shop.sandbox.put(order)
      #expect(try await shop.deliver(shop.body(.orderConfirmed, order)).status == 200)
      try await shop.eventually("the order is not looked at") {
        try await shop.referral(of: order)?.rule == "order_paid"
      }
      try await shop.pool.execute("UPDATE referrals SET checks = 30")
      await shop.sandbox.inject(Array(repeating: .httpStatus(503), count: 2), on: "user")
      await shop.sandbox.pay(order: order.id)
      try await shop.settle()
      #expect(try await shop.referral(of: order)?.rule == "new_referrer")
    }
  }

  @Test func aLastingFailureIsCountedAndEnds() async throws {
    try await Self.open { shop async throws in
      let order = TestShop.order(1, of: 150)
      await shop.sandbox.put(order)
      await shop.sandbox.inject(Array(repeating: .httpStatus(503), count: 20), on: "user")
      #expect(try await shop.deliver(shop.body(.orderFullyPaid, order)).status == 200)
      try await shop.settle()
      #expect(try await shop.referral(of: order)?.state == "rewarded")
      #expect(await shop.sandbox.calls["user"] == FactGathering.shortPatience + 1)
      #expect(
        try await shop.count("SELECT fact_failures AS count FROM referrals")
          == FactGathering.shortPatience)
    }
  }

  @Test func whatIsRefusedAnywayAsksNothingOfTheReferrer() async throws {
    try await Self.open { shop async throws in
      let order = TestShop.order(1, of: 150, email: "alice@example.com")
      try await shop.place([order])
      #expect(try await shop.referral(of: order)?.rule == "self_referral")
      #expect(await shop.sandbox.calls["user"] == nil)
    }
  }
}
