import Domain
import FoundationEssentials
import HTTPTransport
import Ledger
import MailTesting
import Postgres
import ProcessTesting
import Sandbox
import Testing

/// The whole way of a referral, from the invitation to the last cent that is taken back: the real
/// program on the real wire, with a real mail server.
@Suite(.timeLimit(.minutes(3))) struct WholeProgrammeTests {
  /// Both sides are paid, after a hold and a review.
  private static let file = """
    time_zone: Europe/Berlin
    campaigns:
      - id: spring
        hold_days: 14
        budget: {USD: 100.00}
        link: {source: newsletter, medium: friends, campaign: spring-2027}
        rewards:
          - {for: referrer, type: gift_card, percent: 10, cap: {USD: 25.00}}
          - {for: friend, type: gift_card, amount: {USD: 5.00}}
    rules:
      - name: large_order
        when: order_value >= 100 USD
        then: review
        reason: The order is large.
    """

  private static let bob = "VXNlcjoy"

  /// A reward as the ledger has it.
  private struct Reward {
    let role: String
    let status: String
    let amount: Decimal
    let cardID: String?
    let spent: Decimal?
    let excess: Decimal?
    let shortfall: Decimal?
  }

  @Test func fromTheInvitationToTheLastCent() async throws {
    try await MailServer.run { server in
      let environment = [
        "LAUREL_STOREFRONT_URL": "https://shop.example.com/",
        "LAUREL_DELIVERY": "auto", "SMTP_URL": "smtp://127.0.0.1:\(server.port)",
        "LAUREL_MAIL_SENDER": "shop@example.com", "LAUREL_SHOP_NAME": "Tea & Cakes",
        "LAUREL_NOTES": "on",
      ]
      // Alice has asked for her code.
      try await TestShop.withRules(Self.file, environment) { shop, laurel async throws in
        try await Self.followInvitation(shop)
        let order = try await Self.buy(shop)
        try await Self.holdBack(order, shop)
        try await Self.review(order, shop, laurel)
        try await Self.readLetters(shop, server)
        try await Self.redeem(order, shop)
        try await Self.refundInPart(order, shop)
        try await Self.refundWhole(order, shop)
        try await Self.readNotes(order, shop)
        try await Self.readFigures(laurel)
      }
    }
  }

  /// Bob follows Alice's invitation, and registers with her code.
  private static func followInvitation(_ shop: TestShop) async throws {
    let response = try await InvitationTests.follow(shop, "/r/ALICE10")
    #expect(
      response.headers.first("Location")
        == "https://shop.example.com/?ref=ALICE10&utm_source=newsletter&utm_medium=friends"
        + "&utm_campaign=spring-2027")
    try await shop.eventually("the click is not counted") {
      try await shop.count("SELECT coalesce(sum(clicks), 0)::bigint AS count FROM clicks") == 1
    }
    #expect(
      try await BindingTests.register(shop, id: bob, email: "bob@example.com", code: "ALICE10")
        == "accepted")
    try await shop.eventually("Bob is not bound to the code") {
      try await shop.count("SELECT count(*) AS count FROM bindings WHERE ref_code = 'ALICE10'") == 1
    }
  }

  /// He buys for 120 USD. His order names no code: his registration did.
  private static func buy(_ shop: TestShop) async throws -> SandboxOrder {
    let order = SandboxOrder.paid(
      number: 1, total: 120, email: "bob@example.com", userID: bob)
    await shop.sandbox.put(order)
    #expect(try await shop.deliver(shop.body(.orderFullyPaid, order)).status == 200)
    return order
  }

  /// His payment is waited for to last, and then the order is read again.
  private static func holdBack(_ order: SandboxOrder, _ shop: TestShop) async throws {
    try await shop.eventually("the order is not held back") {
      try await shop.referral(of: order)?.rule == "hold"
    }
    #expect(try await Self.rewards(shop).isEmpty)
    let days = try await shop.count(
      """
      SELECT round(extract(epoch FROM held_until - paid_at) / 86400)::bigint AS count FROM referrals
      WHERE next_check_at = held_until
      """)
    #expect(days == 14)
    let reads = await shop.sandbox.calls["order"] ?? 0
    try await shop.pool.execute(
      """
      UPDATE referrals SET paid_at = paid_at - interval '14 days',
        held_until = held_until - interval '14 days', next_check_at = now()
      """)
    try await shop.eventually("the order is not in review") {
      try await shop.referral(of: order)?.state == "review"
    }
    #expect(await shop.sandbox.calls["order"] ?? 0 > reads)
    #expect(await shop.sandbox.cards.isEmpty)
  }

  /// Somebody looks at the large order and approves it; both are paid.
  private static func review(
    _ order: SandboxOrder, _ shop: TestShop, _ laurel: Commands
  ) async throws {
    let id = try await shop.count("SELECT id AS count FROM referrals WHERE state = 'review'")
    let approved = try await laurel("review", "approve", "\(id)", "--note", "known to us")
    #expect(approved.status == 0, "\(approved.output)")
    try await shop.awaitState("rewarded", of: id)
    #expect(
      try await shop.decisions(id) == ["review by rules: large_order", "approve by person: review"])
    try await shop.waitForRewards(2, .delivered)
    let rewards = try await Self.rewards(shop)
    #expect(rewards.map(\.role) == ["friend", "referrer"])
    #expect(rewards.map(\.amount) == [5, 12])
    let cards = await shop.sandbox.cards
    #expect(Set(cards.map(\.id)) == Set(rewards.compactMap(\.cardID)))
    #expect(cards.allSatisfy(\.isActive) && cards.count == 2)
    #expect(
      try await shop.count(
        """
        SELECT given::bigint AS count FROM campaign_budgets
        WHERE campaign_id = 'spring' AND currency = 'USD'
        """) == 17)
  }

  /// Each is told of his own card, and of no other.
  private static func readLetters(_ shop: TestShop, _ server: MailServer) async throws {
    var codes: [String: String] = [:]
    for reward in try await Self.rewards(shop) {
      let card = await shop.sandbox.cards.first { $0.id == reward.cardID }
      codes[reward.role == "friend" ? "bob@example.com" : "alice@example.com"] = card?.code
    }
    let mails = try await server.mails(atLeast: 2)
    #expect(mails.map(\.recipients).sorted { $0[0] < $1[0] } == codes.keys.sorted().map { [$0] })
    for mail in mails {
      let letter = try await ReadLetter(Array(mail.data))
      let isToBob = mail.recipients == ["bob@example.com"]
      for part in letter.parts {
        for (owner, code) in codes {
          #expect(part.text.contains(code) == (mail.recipients == [owner]))
        }
        #expect(part.text.contains(isToBob ? "5 USD" : "12 USD"))
        #expect(part.text.contains("an invitation") == isToBob)
      }
    }
    try await shop.expectSilence(about: codes.map(\.key) + codes.map(\.value))
  }

  /// Alice spends a part of hers.
  private static func redeem(_ order: SandboxOrder, _ shop: TestShop) async throws {
    let cardID = try await Self.rewards(shop).last?.cardID
    let card = try #require(await shop.sandbox.cards.first { $0.id == cardID })
    let purchase = SandboxOrder.paid(number: 99, total: 4, email: "alice@example.com")
    await shop.sandbox.put(purchase)
    let redeemed = try await shop.sandbox.redeem(cardCode: card.code, in: purchase.id)
    // Older than a replica lags.
    try await shop.pool.execute("UPDATE rewards SET issued_at = now() - interval '1 hour'")
    _ = try await shop.deliver(shop.body(.orderFullyPaid, redeemed))
    try await shop.waitForRewards(1, .used)
    #expect(try await Self.rewards(shop).last?.spent == 4)
  }

  /// Bob sends half of it back: what Alice has is then more than a tenth of it, and stays.
  private static func refundInPart(_ order: SandboxOrder, _ shop: TestShop) async throws {
    await shop.sandbox.update(order: order.id) { $0.refund(60) }
    try await TakeBackTests.tell(shop, "OrderRefunded", order.id)
    try await shop.eventually("the excess is not noted") {
      try await Self.rewards(shop).last?.excess == 6
    }
    let rewards = try await Self.rewards(shop)
    #expect(rewards.map(\.status) == ["delivered", "used"])
    #expect(rewards.map(\.amount) == [5, 12] && rewards[0].excess == nil)
    #expect(await shop.sandbox.cards.allSatisfy(\.isActive))
  }

  /// He sends back all of it: what is left of both cards is worthless.
  private static func refundWhole(_ order: SandboxOrder, _ shop: TestShop) async throws {
    await shop.sandbox.update(order: order.id) { $0.refund(60) }
    try await TakeBackTests.tell(shop, "OrderFullyRefunded", order.id)
    try await shop.waitForRewards(2, .revoked)
    #expect(try await Self.rewards(shop).map(\.shortfall) == [0, 4])
    let cards = await shop.sandbox.cards
    #expect(cards.count == 2 && cards.allSatisfy { !$0.isActive })
    let referral = try await shop.referral(of: order)
    #expect(referral?.state == "rejected")
    #expect(referral?.reason == "order 1 was refunded")
    // What was spent stays spent.
    #expect(
      try await shop.count("SELECT given::bigint AS count FROM campaign_budgets") == 4)
  }

  /// Staff see at the store what became of it.
  private static func readNotes(_ order: SandboxOrder, _ shop: TestShop) async throws {
    try await shop.eventually("the order's note is not at the store") {
      await shop.sandbox.order(order.id)?.privateMetadata["referral.state"] == "rejected"
    }
    let note = await shop.sandbox.order(order.id)?.privateMetadata
    #expect(note?["referral.code"] == "ALICE10")
    #expect(note?["referral.campaign"] == "spring")
    #expect(note?["referral.reason"] == "order 1 was refunded")
  }

  /// The figures tell the same story.
  private static func readFigures(_ laurel: Commands) async throws {
    let report = try await laurel.json("stats", as: StatsAnswer.self)
    let total = report.total
    #expect(report.timeZone == "Europe/Berlin")
    #expect(total.clicks == 1 && total.registrations == 1 && total.registrationsWithOrder == 1)
    #expect(total.orders == 1 && total.refused == 1 && total.counted == 0)
    let money = try #require(total.money.first)
    #expect(total.money.count == 1 && money.currency == "USD")
    #expect(money.issued.count == 2 && money.standing.count == 0)
    #expect(money.takenBack == .init(count: 2, amount: "17"))
    #expect(money.spentBefore == "4" && money.cost == "4")
  }

  /// The rewards, the friend's first.
  private static func rewards(_ shop: TestShop) async throws -> [Reward] {
    try await shop.pool.rows(
      """
      SELECT role, status, amount, gift_card_id, spent_amount, excess, shortfall FROM rewards
      ORDER BY role
      """
    ) { row in
      Reward(
        role: try row.decode("role", as: String.self),
        status: try row.decode("status", as: String.self),
        amount: try row.decode("amount", as: Decimal.self),
        cardID: try row.decode("gift_card_id", as: String?.self),
        spent: try row.decode("spent_amount", as: Decimal?.self),
        excess: try row.decode("excess", as: Decimal?.self),
        shortfall: try row.decode("shortfall", as: Decimal?.self))
    }
  }
}
