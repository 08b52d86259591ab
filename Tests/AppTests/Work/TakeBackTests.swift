import Domain
import FoundationEssentials
import Ledger
import Postgres
import Sandbox
import Testing

/// Orders that fall after their reward was due.
@Suite struct TakeBackTests {
  /// Tells Laurel that an order fell.
  static func tell(_ shop: TestShop, _ event: String, _ orderID: String) async throws {
    let body = #"{"__typename": "\#(event)", "order": {"id": "\#(orderID)"}}"#
    let answer = try await shop.deliver(Array(body.utf8), path: "/webhooks/saleor")
    #expect(answer.json["status"] == "accepted")
  }

  /// Pays one order's reward.
  private static func reward(_ shop: TestShop) async throws -> SandboxOrder {
    try await shop.issueAlicesCode()
    let order = DecisionTests.paid(1, email: "bob@example.com")
    let standings = try await DecisionTests.standings(shop, [order])
    #expect(standings.map { $0?.state } == ["rewarded"])
    return order
  }

  private static func reward(
    of order: SandboxOrder, in shop: TestShop
  ) async throws -> RewardRepository.Standing? {
    try await RewardRepository(shop.pool).find(store: shop.store, orderID: order.id).first
  }

  private static func shortfall(_ shop: TestShop) async throws -> Decimal? {
    try await shop.pool.first("SELECT shortfall FROM rewards") { row in
      try row.decode("shortfall", as: Decimal?.self)
    } ?? nil
  }

  private static func awaitTakeBack(_ shop: TestShop) async throws {
    try await shop.eventually("the reward is not taken back") {
      try await shop.count("SELECT count(*) AS count FROM rewards WHERE status = 'revoked'") == 1
    }
  }

  @Test func theCardOfACancelledOrderIsWorthless() async throws {
    try await TestShop.open { shop async throws in
      let order = try await Self.reward(shop)
      await shop.sandbox.cancel(order: order.id)
      try await Self.tell(shop, "OrderCancelled", order.id)
      try await Self.awaitTakeBack(shop)
      #expect(await shop.sandbox.cards.map(\.isActive) == [false])
      let standing = try await ReferralRepository(shop.pool)
        .find(store: shop.store, orderID: order.id)
      #expect(standing?.state == "rejected")
      #expect(standing?.reason == "order 1 is CANCELED")
      #expect(try await Self.shortfall(shop) == 0)
    }
  }

  @Test func aCardThatIsTakenBackWhileItGetsItsTagIsWorthlessSoonAfter() async throws {
    try await TestShop.open { shop async throws in
      await shop.sandbox.inject([.delay(.seconds(2))], on: "giftCardUpdate")
      try await shop.issueAlicesCode()
      let order = DecisionTests.paid(1, email: "bob@example.com")
      await shop.sandbox.put(order)
      #expect(try await shop.deliver(shop.body(.orderFullyPaid, order)).status == 200)
      try await shop.eventually("the tag is not put on") {
        await shop.sandbox.calls["giftCardUpdate"] == 1
      }
      await shop.sandbox.cancel(order: order.id)
      try await Self.tell(shop, "OrderCancelled", order.id)
      // Long before the lease is over, which is a minute.
      try await Self.awaitTakeBack(shop)
      #expect(await shop.sandbox.cards.map(\.isActive) == [false])
      #expect(await shop.sandbox.cards.map { $0.tags.map(\.name) } == [["referral"]])
    }
  }

  @Test func theVoucherOfARefundedOrderHasEnded() async throws {
    try await TestShop.open(environment: ["REWARD_TYPE": "voucher"]) { shop async throws in
      let order = try await Self.reward(shop)
      await shop.sandbox.update(order: order.id) { $0.refund(20) }
      try await Self.tell(shop, "OrderFullyRefunded", order.id)
      try await Self.awaitTakeBack(shop)
      let voucher = try #require(await shop.sandbox.vouchers.first)
      #expect(voucher.endDate == "2000-01-02T00:00:00+00:00")
      #expect(try await Self.shortfall(shop) == 0)
    }
  }

  @Test func whatWasSpentBeforeIsTheShortfall() async throws {
    try await TestShop.open { shop async throws in
      let order = try await Self.reward(shop)
      let card = try #require(await shop.sandbox.cards.first)
      await shop.sandbox.change(card: card.id) { $0.currentBalance = 4 }
      await shop.sandbox.cancel(order: order.id)
      try await Self.tell(shop, "OrderCancelled", order.id)
      try await Self.awaitTakeBack(shop)
      #expect(try await Self.shortfall(shop) == Money.decimal("6.50"))
    }
  }

  @Test func aPartialRefundThatLeavesEnoughChangesNothing() async throws {
    try await TestShop.open(environment: ["REFERRAL_MINIMUM_ORDER": "15"]) { shop async throws in
      let order = try await Self.reward(shop)
      await shop.sandbox.update(order: order.id) { $0.refund(5) }
      try await Self.tell(shop, "OrderRefunded", order.id)
      try await shop.eventually("the order is not looked at") {
        await shop.sandbox.calls["order"] ?? 0 >= 2
      }
      try await shop.eventually("the look does not end") {
        try await shop.count(
          "SELECT count(*) AS count FROM referrals WHERE next_check_at IS NULL") == 1
      }
      #expect(try await Self.reward(of: order, in: shop)?.status == "issued")
      #expect(await shop.sandbox.cards.map(\.isActive) == [true])

      await shop.sandbox.update(order: order.id) { $0.refund(1) }
      _ = try await shop.deliver(
        Array(
          #"{"__typename": "OrderRefunded", "issuedAt": "2", "order": {"id": "\#(order.id)"}}"#.utf8
        ))
      try await Self.awaitTakeBack(shop)
      let standing = try await ReferralRepository(shop.pool)
        .find(store: shop.store, orderID: order.id)
      #expect(standing?.rule == "minimum_order")
    }
  }

  @Test func aSignedEventThatNeverHappenedTakesNothingBack() async throws {
    try await TestShop.open { shop async throws in
      let order = try await Self.reward(shop)
      try await Self.tell(shop, "OrderCancelled", order.id)
      try await Self.tell(shop, "OrderExpired", "T3JkZXI6bm9uZQ==")
      try await shop.eventually("the order is not looked at") {
        await shop.sandbox.calls["order"] ?? 0 >= 2
      }
      try await shop.settle()
      #expect(try await Self.reward(of: order, in: shop)?.status == "issued")
    }
  }

  @Test func aRewardThatWaitsForApprovalIsOnlyRejected() async throws {
    try await TestShop.open(environment: ["LAUREL_ROLLOUT": "manual"]) { shop async throws in
      try await shop.issueAlicesCode()
      let order = DecisionTests.paid(1, email: "bob@example.com")
      await shop.sandbox.put(order)
      _ = try await shop.deliver(shop.body(.orderFullyPaid, order))
      try await shop.eventually("no reward is owed") {
        try await Self.reward(of: order, in: shop)?.status == "pending"
      }
      await shop.sandbox.cancel(order: order.id)
      try await Self.tell(shop, "OrderCancelled", order.id)
      try await shop.eventually("the reward is not rejected") {
        try await Self.reward(of: order, in: shop)?.status == "rejected"
      }
      #expect(await shop.sandbox.calls["giftCardCreate"] == nil)
      #expect(await shop.sandbox.cards.isEmpty)
    }
  }

  @Test(arguments: [
    SandboxFault.internalErrorBeforeSave, .internalErrorAfterSave, .permissionDenied,
  ])
  func aRewardWhoseMakingIsUnclearLeavesATombstone(_ fault: SandboxFault) async throws {
    for kind in ["gift_card", "voucher"] {
      try await TestShop.open(environment: ["REWARD_TYPE": kind]) { shop async throws in
        try await shop.issueAlicesCode()
        let field = kind == "voucher" ? "voucherCreate" : "giftCardCreate"
        // The first attempt of the issue meets the fault; the next comes too late.
        await shop.sandbox.inject([fault], on: field)
        let order = DecisionTests.paid(1, email: "bob@example.com")
        await shop.sandbox.put(order)
        _ = try await shop.deliver(shop.body(.orderFullyPaid, order))
        try await shop.eventually("the create is not tried") {
          await shop.sandbox.calls[field] ?? 0 >= 1
        }
        await shop.sandbox.cancel(order: order.id)
        try await Self.tell(shop, "OrderCancelled", order.id)
        try await Self.awaitTakeBack(shop)
        let cards = await shop.sandbox.cards
        let vouchers = await shop.sandbox.vouchers
        #expect(cards.count + vouchers.count == 1)
        #expect(cards.allSatisfy { !$0.isActive })
        #expect(vouchers.allSatisfy { $0.endDate == "2000-01-02T00:00:00+00:00" })
      }
    }
  }

  @Test func aLateAnswerDoesNotBringTheMoneyBack() async throws {
    try await TestShop.open { shop async throws in
      let order = try await Self.reward(shop)
      await shop.sandbox.cancel(order: order.id)
      await shop.sandbox.inject(
        [.internalErrorBeforeSave, .internalErrorAfterSave], on: "giftCardDeactivate")
      try await Self.tell(shop, "OrderCancelled", order.id)
      try await Self.awaitTakeBack(shop)
      // The issue's own claim comes back from a long sleep.
      let reward = try #require(try await Self.reward(of: order, in: shop))
      #expect(reward.status == "revoked")
      #expect(await shop.sandbox.cards.map(\.isActive) == [false])
      #expect(await shop.sandbox.calls["giftCardDeactivate"] == 3)
    }
  }

  @Test func aCardThatStaffDeletedLeavesATombstone() async throws {
    try await TestShop.open { shop async throws in
      let order = try await Self.reward(shop)
      try await shop.pool.execute("UPDATE rewards SET gift_card_id = 'R2lmdENhcmQ6OTk5'")
      await shop.sandbox.cancel(order: order.id)
      try await Self.tell(shop, "OrderCancelled", order.id)
      try await Self.awaitTakeBack(shop)
      #expect(await shop.sandbox.cards.map(\.isActive) == [false])
    }
  }

  @Test func aFallThatNoEventTellsIsFoundByThePoll() async throws {
    try await TestShop.open(environment: ["LAUREL_POLL_SECONDS": "1"]) { shop async throws in
      let order = try await Self.reward(shop)
      await shop.sandbox.cancel(order: order.id)
      try await Self.awaitTakeBack(shop)
      #expect(await shop.sandbox.cards.map(\.isActive) == [false])
    }
  }

  @Test func anOlderReadingOfTheOrderTakesNothingBack() async throws {
    try await TestShop.open { shop async throws in
      let order = try await Self.reward(shop)
      // As a replica shows it that has not heard of the payment yet.
      var stale = SandboxOrder.unpaid(
        number: 1, total: 20, email: "bob@example.com", metadata: ["ref_code": "ALICE10"],
        created: Date(timeIntervalSinceNow: -3600))
      stale.fields["id"] = .string(order.id)
      await shop.sandbox.put(stale)
      try await Self.tell(shop, "OrderRefunded", order.id)
      try await shop.eventually("the order is not looked at") {
        await shop.sandbox.calls["order"] ?? 0 >= 3
      }
      #expect(try await Self.reward(of: order, in: shop)?.status == "issued")
      await shop.sandbox.put(order)
      try await shop.eventually("the look does not end") {
        try await shop.count(
          "SELECT count(*) AS count FROM referrals WHERE next_check_at IS NULL") == 1
      }
      #expect(await shop.sandbox.cards.map(\.isActive) == [true])
    }
  }

  @Test func anEventDuringTheDecisionIsNotForgotten() async throws {
    try await TestShop.open { shop async throws in
      try await shop.issueAlicesCode()
      let order = DecisionTests.paid(1, email: "bob@example.com")
      await shop.sandbox.put(order)
      let referrals = ReferralRepository(shop.pool)
      // The claim is made by hand, and the event comes before its decision.
      let claims = try await shop.pool.transaction { session in
        let referrals = ReferralRepository(session)
        try await referrals.track(
          store: shop.store, [(order.id, try #require(ReferralCode(typed: "ALICE10")))])
        return try await referrals.claimDue(store: shop.store, limit: 1, lease: .seconds(60))
      }
      let claim = try #require(claims.first)
      await shop.sandbox.cancel(order: order.id)
      try await Self.tell(shop, "OrderCancelled", order.id)
      try await shop.eventually("the event is not linked") {
        try await shop.count("SELECT count(*) AS count FROM inbox_queue") == 0
      }
      let holds = try await referrals.approve(
        store: shop.store, claim,
        .init(
          code: ReferralCode(typed: "ALICE10"), orderNumber: "1", customerID: nil,
          email: EmailAddress("bob@example.com"), mailbox: "bob@example.com", isForgotten: false,
          orderUpdatedAt: Date(timeIntervalSinceNow: -3600)), minimumOrder: nil)
      #expect(holds)
      try await shop.eventually("the fall is forgotten") {
        try await referrals.find(store: shop.store, orderID: order.id)?.state == "rejected"
      }
    }
  }

  @Test func whoSpentARewardThatWasTakenBackIsNotReferredAgain() async throws {
    try await TestShop.open(environment: ["REFERRAL_DAILY_LIMIT": "2"]) { shop async throws in
      let order = try await Self.reward(shop)
      let card = try #require(await shop.sandbox.cards.first)
      await shop.sandbox.change(card: card.id) { $0.currentBalance = 4 }
      await shop.sandbox.cancel(order: order.id)
      try await Self.tell(shop, "OrderCancelled", order.id)
      try await Self.awaitTakeBack(shop)
      let standings = try await DecisionTests.standings(
        shop,
        [
          DecisionTests.paid(2, email: "BOB+again@example.com"),
          DecisionTests.paid(3, email: "carol@example.com"),
          DecisionTests.paid(4, email: "dave@example.com"),
        ])
      #expect(
        standings.map { $0?.rule ?? $0?.state } == [
          "code_once_per_buyer", "rewarded", "daily_limit",
        ])
    }
  }

  @Test func whoseRewardWasTakenBackUnspentIsReferredAgain() async throws {
    try await TestShop.open { shop async throws in
      let order = try await Self.reward(shop)
      await shop.sandbox.cancel(order: order.id)
      try await Self.tell(shop, "OrderCancelled", order.id)
      try await Self.awaitTakeBack(shop)
      let standings = try await DecisionTests.standings(
        shop, [DecisionTests.paid(2, email: "bob@example.com")])
      #expect(standings.map { $0?.state } == ["rewarded"])
    }
  }
}
