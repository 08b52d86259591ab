import FoundationEssentials
import Ledger
import Postgres
import Sandbox
import Testing

/// A reward is judged by the minimum of the day on which it was due.
@Suite struct KeptMinimumTests {
  /// Pays an order over 20 under one minimum, then refunds 4 of it under another.
  private static func refund(
    minimums first: [String: String], _ second: [String: String],
    _ check: (TestShop, SandboxOrder) async throws -> Void
  ) async throws {
    try await StandingStore.open { standing async throws in
      let order = DecisionTests.paid(1, email: "bob@example.com")
      try await standing.laurel(first) { shop async throws in
        try await shop.issueAlicesCode()
        let standings = try await DecisionTests.standings(shop, [order])
        #expect(standings.map { $0?.state } == ["rewarded"])
      }
      try await standing.laurel(second) { shop async throws in
        await shop.sandbox.update(order: order.id) { $0.refund(4) }
        try await TakeBackTests.tell(shop, "OrderRefunded", order.id)
        try await check(shop, order)
      }
    }
  }

  @Test func aMinimumThatWasRaisedLaterTakesNothingBack() async throws {
    try await Self.refund(
      minimums: ["REFERRAL_MINIMUM_ORDER": "10"], ["REFERRAL_MINIMUM_ORDER": "18"]
    ) { shop, order async throws in
      try await shop.eventually("the look does not end") {
        try await shop.count(
          """
          SELECT count(*) AS count FROM referrals WHERE next_check_at IS NULL AND checks >= 2
          """) == 1
      }
      let reward = try await RewardRepository(shop.pool)
        .find(store: shop.store, orderID: order.id).first
      #expect(reward?.status == "issued")
      #expect(await shop.sandbox.cards.map(\.isActive) == [true])
    }
  }

  @Test func aMinimumThatWasDroppedLaterStillHolds() async throws {
    try await Self.refund(minimums: ["REFERRAL_MINIMUM_ORDER": "18"], [:]) {
      shop, order async throws in
      try await shop.eventually("the reward is not taken back") {
        try await ReferralRepository(shop.pool)
          .find(store: shop.store, orderID: order.id)?.rule == "minimum_order"
      }
    }
  }
}
