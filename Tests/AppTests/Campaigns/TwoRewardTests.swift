import Domain
import FoundationEssentials
import Ledger
import Postgres
import Sandbox
import Testing

/// Orders that earn a reward for either side.
@Suite struct TwoRewardTests {
  private static let both = """
    campaigns:
      - id: both
        approval: manual
        rewards:
          - {for: referrer, type: gift_card, percent: 10}
          - {for: friend, type: gift_card, amount: {USD: 3.00}}
    """

  private static func release(_ role: String, _ shop: TestShop) async throws {
    try await shop.pool.execute(
      "UPDATE rewards SET approved_at = now(), next_attempt_at = now() WHERE role = \(role)")
  }

  private static func takeBack(_ role: String, _ shop: TestShop) async throws {
    let id = try #require(
      try await shop.pool.first("SELECT id FROM rewards WHERE role = \(role)") { row in
        try row.decode("id", as: UUID.self)
      })
    _ = try await shop.pool.transaction { session in
      try await TakeBackRepository(session).takeBack(
        store: shop.store, reward: id, in: Set(RewardLife.State.allCases), reason: "a test")
    }
  }

  private static func open(
    _ body: (TestShop, SandboxOrder) async throws -> Void
  ) async throws {
    try await TestShop.withRules(both) { shop, _ async throws in
      let order = TestShop.order(1, of: 200)
      try await shop.tell([order])
      try await shop.awaitDecisions(1)
      try await body(shop, order)
    }
  }

  @Test func theReferralIsRewardedWhenBothExist() async throws {
    try await Self.open { shop, order async throws in
      try await Self.release("friend", shop)
      try await shop.waitForRewards(1, .issued)
      #expect(try await shop.referral(of: order)?.state == "paid")
      try await Self.release("referrer", shop)
      try await shop.waitForRewards(2, .issued)
      #expect(try await shop.referral(of: order)?.state == "rewarded")
    }
  }

  @Test func oneThatAPersonRefusesLeavesTheOther() async throws {
    try await Self.open { shop, order async throws in
      try await Self.release("friend", shop)
      try await shop.waitForRewards(1, .issued)
      try await Self.takeBack("referrer", shop)
      #expect(try await shop.referral(of: order)?.state == "rewarded")
      #expect(
        try await shop.rewards(of: order)
          == ["both referrer 20 USD rejected", "both friend 3 USD issued"])
      try await Self.takeBack("friend", shop)
      #expect(try await shop.referral(of: order)?.state == "rejected")
      #expect(try await shop.referral(of: order)?.rule == "manual")
    }
  }

  @Test func theFirstThatIsRefusedLeavesTheReferralOpen() async throws {
    try await Self.open { shop, order async throws in
      try await Self.takeBack("friend", shop)
      #expect(try await shop.referral(of: order)?.state == "paid")
      try await Self.release("referrer", shop)
      try await shop.waitForRewards(1, .issued)
      #expect(try await shop.referral(of: order)?.state == "rewarded")
    }
  }

  @Test func aCancellationTakesBothBack() async throws {
    try await Self.open { shop, order async throws in
      try await Self.release("friend", shop)
      try await Self.release("referrer", shop)
      try await shop.waitForRewards(2, .issued)
      await shop.sandbox.cancel(order: order.id)
      try await TakeBackTests.tell(shop, "OrderCancelled", order.id)
      try await shop.waitForRewards(2, .revoked)
      #expect(try await shop.referral(of: order)?.state == "rejected")
      #expect(await shop.sandbox.cards.allSatisfy { !$0.isActive })
    }
  }

  @Test func aPartialRefundNotesByHowMuchTheRewardIsTooMuch() async throws {
    try await Self.open { shop, order async throws in
      try await Self.release("friend", shop)
      try await Self.release("referrer", shop)
      try await shop.waitForRewards(2, .issued)
      func excess() async throws -> [Decimal?] {
        try await shop.pool.rows("SELECT excess FROM rewards ORDER BY role DESC") { row in
          try row.decode("excess", as: Decimal?.self)
        }
      }
      for (number, (refund, expected)) in [(50, 5), (30, 8), (-80, 0)].enumerated() {
        await shop.sandbox.update(order: order.id) { $0.refund(Decimal(refund)) }
        let body = """
          {"__typename": "OrderRefunded", "issuedAt": "\(number)", "order": {"id": "\(order.id)"}}
          """
        _ = try await shop.deliver(Array(body.utf8), path: "/webhooks/saleor")
        try await shop.eventually("the excess is not \(expected)") {
          try await excess() == [Decimal(expected), nil]
        }
      }
      #expect(try await shop.referral(of: order)?.state == "rewarded")
    }
  }
}
