import Domain
import FoundationEssentials
import Ledger
import Postgres
import Sandbox
import Testing

/// Rewards of campaigns that the ledger lost are taken over.
@Suite(.timeLimit(.minutes(3))) struct CampaignAdoptionTests {
  /// A reward as the ledger has it.
  private struct Kept: Equatable {
    let id: UUID
    let campaign: String
    let role: String
    let kind: String
    let amount: Decimal
    let percentOff: Decimal?
    let milestone: Int?
    let expiresOn: String?
  }

  private static func kept(_ shop: TestShop) async throws -> [Kept] {
    try await shop.pool.rows(
      """
      SELECT id, campaign_id, role, type, amount, percent_off, milestone,
        expires_on::text AS expires_on
      FROM rewards ORDER BY id
      """
    ) { row in
      Kept(
        id: try row.decode("id", as: UUID.self),
        campaign: try row.decode("campaign_id", as: String.self),
        role: try row.decode("role", as: String.self),
        kind: try row.decode("type", as: String.self),
        amount: try row.decode("amount", as: Decimal.self),
        percentOff: try row.decode("percent_off", as: Decimal?.self),
        milestone: try row.decode("milestone", as: Int?.self),
        expiresOn: try row.decode("expires_on", as: String?.self))
    }
  }

  /// Has two rewards of an order issued: a card for a milestone, and a voucher of percent.
  private static func issueTwo(_ shop: TestShop, _ order: SandboxOrder) async throws {
    try await shop.owe(
      order,
      [
        try .spring(.giftCard, 25) {
          $0.milestone = 5
          $0.validity = RewardPeriod(count: 2, unit: .month)
        },
        try .spring(.voucher, 8, for: .friend) {
          $0.percentOff = 15
          $0.validity = RewardPeriod(count: 30, unit: .day)
        },
      ], buyerID: nil)
  }

  @Test(arguments: ["3.23", "3.20"])
  func bothRewardsOfAnOrderAreTakenOverInOneDecision(version: String) async throws {
    try await TestShop.open { shop async throws in
      await shop.sandbox.set(schemaVersion: version)
      try await shop.issueAlicesCode()
      let orders = (1...3).map { DecisionTests.paid($0, email: "bob\($0)@example.com") }
      for order in orders { try await Self.issueTwo(shop, order) }
      try await shop.waitForRewards(6, .issued)
      let before = try await Self.kept(shop)
      try await shop.forget()
      let result = try await shop.reconcile()
      #expect(result.adopting == 6 && result.remainingCount == 0)
      try await shop.waitForRewards(6, .issued)
      try await shop.settle()
      #expect(try await Self.kept(shop) == before)
      #expect(await shop.sandbox.cards.count == 3)
      #expect(await shop.sandbox.vouchers.count == 3)
      #expect(try await shop.count("SELECT count(*) AS count FROM decisions") == 3)
      for order in orders {
        let standing = try await ReferralRepository(shop.pool)
          .find(store: shop.store, orderID: order.id)
        #expect(standing?.state == "rewarded" && standing?.rule == "adopted")
      }
      #expect(
        try await shop.count(
          "SELECT count(*) AS count FROM referrals WHERE campaign_id = 'spring'") == 3)
      let after = try await shop.check()
      #expect(after.differences == [])
      #expect(after.statements.first?.adopted == .init(6, 99))
      #expect(after.statements.first?.balanceAtStore == 99)
    }
  }

  @Test func anOrderThatFellHasBothTakenBack() async throws {
    try await TestShop.open { shop async throws in
      try await shop.issueAlicesCode()
      let order = DecisionTests.paid(1, email: "bob@example.com")
      try await Self.issueTwo(shop, order)
      try await shop.waitForRewards(2, .issued)
      try await shop.settle()
      try await shop.forget()
      await shop.sandbox.cancel(order: order.id)
      #expect(try await shop.reconcile().adopting == 2)
      try await shop.waitForRewards(2, .revoked)
      #expect(await shop.sandbox.cards.map(\.isActive) == [false])
      #expect(await shop.sandbox.vouchers.first?.endDate == "2000-01-02T00:00:00+00:00")
      #expect(try await shop.check().differences == [])
    }
  }

  @Test func whatNamesAnotherCampaignOrNobodyStaysUnexplained() async throws {
    try await TestShop.open { shop async throws in
      try await shop.issueAlicesCode()
      for number in 1...2 {
        try await shop.owe(
          DecisionTests.paid(number, email: "bob\(number)@example.com"),
          [try .spring(.giftCard, 8)], buyerID: nil)
      }
      try await shop.waitForRewards(2, .issued)
      try await shop.settle()
      try await shop.forget()
      let cards = await shop.sandbox.cards
      await shop.sandbox.change(card: cards[0].id) {
        $0.privateMetadata["laurel.campaign"] = "winter"
      }
      await shop.sandbox.change(card: cards[1].id) {
        $0.privateMetadata["laurel.role"] = "stranger"
      }
      let result = try await shop.reconcile()
      #expect(result.adopting == 0 && result.remaining == [.unknown: 2])
      #expect(
        result.differences.allSatisfy { $0.detail.contains("did not earn this reward") })
      #expect(try await Self.kept(shop).isEmpty)
    }
  }

  @Test func whatIsListedNowhereOfACampaignThatIsNoMoreWaits() async throws {
    try await TestShop.open { shop async throws in
      try await shop.issueAlicesCode()
      try await shop.owe(
        DecisionTests.paid(1, email: "bob@example.com"), [try .spring(.voucher, 8)], buyerID: nil)
      try await shop.waitForRewards(1, .issued)
      try await shop.settle()
      try await shop.forget()
      let voucher = try #require(await shop.sandbox.vouchers.first)
      await shop.sandbox.change(voucher: voucher.id) { $0.listings = [] }
      _ = try await shop.reconcile()
      try await shop.eventually("it is not looked at") {
        try await shop.count(
          """
          SELECT count(*) AS count FROM found_codes
          WHERE problem LIKE '%campaign spring does not say what it would be%'
          """) == 1
      }
      #expect(try await Self.kept(shop).isEmpty)
    }
  }
}
