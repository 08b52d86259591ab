import Domain
import FoundationEssentials
import Ledger
import Postgres
import Sandbox
import Testing

/// What of campaigns was lost with a ledger, and is taken over, waits, or costs nothing.
@Suite(.timeLimit(.minutes(3))) struct LostCampaignTests {
  private static let bothSides = """
    campaigns:
      - id: spring
        rewards:
          - {for: referrer, type: gift_card, amount: {USD: 25.00}}
          - {for: friend, type: voucher, amount: {USD: 8.00}}
    """

  private static let milestones = """
    campaigns:
      - id: spring
        rewards:
          - {for: referrer, type: voucher, milestones: {1: {USD: 5.00}, 5: {USD: 25.00}}}
    """

  /// An order whose reward the store has and the ledger lost.
  private static func lose(_ shop: TestShop, _ grant: RewardGrant) async throws -> SandboxOrder {
    let order = SandboxOrder.paid(
      number: 1, total: 20, email: "bob@example.com", metadata: ["ref_code": "ALICE10"],
      created: Date(timeIntervalSinceNow: -2 * 86_400))
    try await shop.owe(order, [grant], buyerID: nil)
    try await shop.waitForRewards(1, .issued)
    try await shop.settle()
    try await shop.forget()
    return order
  }

  @Test func theRewardThatWasNotMadeYetIsOwedTooAndCountsOnTheOrdersDay() async throws {
    try await TestShop.withRules(Self.bothSides) { shop, _ async throws in
      let order = try await Self.lose(shop, try .spring(.giftCard, 25))
      #expect(try await shop.reconcile().adopting == 1)
      try await shop.waitForRewards(2, .issued)
      #expect(
        try await shop.rewards(of: order) == [
          "spring referrer 25 USD issued", "spring friend 8 USD issued",
        ])
      #expect(await shop.sandbox.vouchers.count == 1)
      #expect(
        try await shop.count(
          """
          SELECT count(*) AS count FROM referrals
          WHERE state = 'rewarded' AND decided_at < created_at - interval '1 hour'
          """) == 1)
    }
  }

  @Test func besideACodeThatIsNotExplainedNothingIsPaid() async throws {
    try await TestShop.withRules(Self.bothSides) { shop, _ async throws in
      // Of a campaign that the file no longer names, so that its id tells nothing.
      let order = try await Self.lose(
        shop,
        RewardGrant(
          campaignID: "autumn", role: .referrer, kind: .giftCard,
          money: Money(amount: 25, currency: try #require(Currency("USD")))))
      let card = try #require(await shop.sandbox.cards.first)
      await shop.sandbox.change(card: card.id) {
        $0.privateMetadata["laurel.campaign"] = "winter"
      }
      _ = try await shop.reconcile()
      try await shop.tell([order])
      try await shop.eventually("it does not wait") {
        try await shop.count(
          """
          SELECT count(*) AS count FROM referrals
          WHERE state = 'tracked' AND reason LIKE '%names this order%'
          """) == 1
      }
      #expect(try await shop.rewards(of: order) == [])
    }
  }

  @Test func aVoucherThatDoesNotSayItsMilestoneWaits() async throws {
    try await TestShop.withRules(Self.milestones) { shop, _ async throws in
      _ = try await Self.lose(shop, try .spring(.voucher, 25) { $0.milestone = 5 })
      let voucher = try #require(await shop.sandbox.vouchers.first)
      await shop.sandbox.change(voucher: voucher.id) {
        $0.listings = []
        $0.privateMetadata["laurel.milestone"] = nil
      }
      _ = try await shop.reconcile()
      try await shop.eventually("it is not looked at") {
        try await shop.count(
          """
          SELECT count(*) AS count FROM found_codes
          WHERE problem LIKE '%campaign spring does not say what it would be%'
          """) == 1
      }
      #expect(try await shop.count("SELECT count(*) AS count FROM rewards") == 0)
    }
  }

  @Test func whatRanOutOrWasNeverOwedCostsNothing() async throws {
    try await TestShop.open { shop async throws in
      try await shop.issueAlicesCode()
      try await BudgetRepository(shop.pool).begin(
        store: shop.store,
        [.init(campaignID: "spring", currency: try #require(Currency("USD")))])
      try await shop.owe(
        DecisionTests.paid(1, email: "bob@example.com"), [try .spring(.giftCard, 25)],
        buyerID: nil)
      try await shop.waitForRewards(1, .issued)
      try await shop.settle()
      #expect(try await shop.sums("spring") == [25, 25])
      try await shop.pool.execute("UPDATE rewards SET status = 'expired'")
      #expect(try await shop.sums("spring") == [0, 0])
      try await shop.pool.execute("UPDATE rewards SET status = 'used'")
      #expect(try await shop.sums("spring") == [25, 25])
      #expect(
        try await shop.count(
          """
          SELECT (reward_cost('revoking', 25, NULL, true)
            + reward_cost('revoked', 25, 7, true))::bigint AS count
          """) == 7)
    }
  }
}
