import Domain
import FoundationEssentials
import HTTPTransport
import Ledger
import Postgres
import Sandbox
import Testing
import Work

/// Promo codes that the ledger does not know are taken over.
@Suite(.timeLimit(.minutes(3))) struct AdoptTests {
  private static func standing(
    _ shop: TestShop, _ order: SandboxOrder
  ) async throws -> ReferralRepository.Standing? {
    try await ReferralRepository(shop.pool).find(store: shop.store, orderID: order.id)
  }

  @Test(arguments: ["gift_card", "voucher"])
  func rewardsThatTheLedgerLostAreTakenOver(kind: String) async throws {
    try await TestShop.open(environment: ["REWARD_TYPE": kind]) { shop async throws in
      let orders = try await shop.rewardOrders(1...5)
      let ids = try await Set(shop.rewardIDs())
      try await shop.forget()
      let unknown = try await shop.check()
      #expect(unknown.remaining == [.unknown: 5])

      let result = try await shop.reconcile()
      #expect(result.adopting == 5 && result.remainingCount == 0)
      try await shop.waitForRewards(5, .issued)
      try await shop.settle()
      #expect(await shop.sandbox.cards.count + shop.sandbox.vouchers.count == 5)
      #expect(try await Set(shop.rewardIDs()) == ids)
      for order in orders {
        let standing = try await Self.standing(shop, order)
        #expect(standing?.state == "rewarded" && standing?.rule == "adopted")
      }
      let after = try await shop.check()
      #expect(after.differences == [])
      #expect(after.statements.first?.adopted == .init(5, 52.5))
      #expect(after.statements.first?.issued == .init(5, 52.5))
      // Once more, from an inbox that has seen it all.
      try await shop.forget()
      #expect(try await shop.reconcile().adopting == 5)
      try await shop.waitForRewards(5, .issued)
      #expect(await shop.sandbox.cards.count + shop.sandbox.vouchers.count == 5)
    }
  }

  @Test func theStoresAmountAndKindStand() async throws {
    try await TestShop.open { shop async throws in
      let order = try #require(try await shop.rewardOrders(1...1).first)
      let card = try #require(await shop.sandbox.cards.first)
      await shop.sandbox.change(card: card.id) {
        $0.initialBalance = 7
        $0.currentBalance = 3
      }
      try await shop.forget()
      _ = try await shop.reconcile()
      try await shop.waitForRewards(1, .issued)
      let amount = try await shop.pool.first("SELECT amount FROM rewards") { row in
        try row.decode("amount", as: Decimal.self)
      }
      #expect(amount == 7)
      let standing = try await RewardRepository(shop.pool)
        .find(store: shop.store, orderID: order.id).first
      #expect(standing?.giftCardID == card.id)
    }
  }

  @Test(arguments: ["gift_card", "voucher"])
  func anOrderThatFellMeanwhileHasItsRewardTakenBack(kind: String) async throws {
    try await TestShop.open(environment: ["REWARD_TYPE": kind]) { shop async throws in
      let orders = try await shop.rewardOrders(1...2)
      try await shop.forget()
      await shop.sandbox.cancel(order: orders[0].id)
      _ = try await shop.reconcile()
      try await shop.waitForRewards(1, .revoked)
      try await shop.waitForRewards(1, .issued)
      #expect(try await Self.standing(shop, orders[0])?.state == "rejected")
      let alive = await [
        shop.sandbox.cards.count(where: \.isActive),
        shop.sandbox.vouchers.count { $0.endDate == nil },
      ]
      #expect(alive.reduce(0, +) == 1)
      #expect(try await shop.check().differences == [])
    }
  }

  @Test func aReferralThatWasDecidedWithoutItsRewardIsDecidedAgain() async throws {
    try await TestShop.open { shop async throws in
      let orders = try await shop.rewardOrders(1...2)
      try await shop.pool.execute("DELETE FROM rewards")
      try await shop.pool.execute(
        """
        UPDATE referrals SET state = 'rejected', rule = 'order_paid', reason = 'not paid'
        WHERE order_id = \(orders[0].id)
        """)
      _ = try await shop.reconcile()
      try await shop.waitForRewards(2, .issued)
      #expect(await shop.sandbox.cards.count == 2)
    }
  }

  @Test(arguments: [true, false])
  func ofTwoOrdersOfOneBuyerTheOneThatWasPaidForCounts(otherIsFirst: Bool) async throws {
    try await StandingStore.open { store async throws in
      let paid = DecisionTests.paid(1, email: "bob@example.com")
      let other = DecisionTests.paid(2, email: "bob@example.com")
      await store.sandbox.put(other)
      try await store.laurel { shop in
        try await shop.issueAlicesCode()
        #expect(try await DecisionTests.standings(shop, [paid]).first??.state == "rewarded")
        try await shop.forget()
      }
      func followOther() async throws {
        try await store.pool.execute(
          """
          INSERT INTO referrals (store_id, order_id, ref_code)
          SELECT id, \(other.id), 'ALICE10' FROM stores
          """)
      }
      if otherIsFirst { try await followOther() }
      let transport = try HTTPTransport()
      let summary = try await Reconciling(store.pool, store.sandbox, transport).adopt.run()
      await transport.shutdown()
      #expect(summary.adopting == 1 && summary.codes == 1 && summary.unexplained == 0)
      if !otherIsFirst { try await followOther() }
      let known = try #require(try await StoreRepository(store.pool).all().first)
      #expect(try await FoundCodeRepository(store.pool).unresolved(store: known.id) == 1)
      try await store.laurel { shop in
        try await shop.waitForRewards(1, .issued)
        try await shop.settle()
        #expect(try await Self.standing(shop, paid)?.rule == "adopted")
        #expect(try await Self.standing(shop, other)?.state == "rejected")
        #expect(try await FoundCodeRepository(shop.pool).unresolved(store: shop.store) == 0)
      }
      #expect(await store.sandbox.cards.count == 1)
    }
  }

  @Test func whatCannotBeExplainedStaysADifferenceAndHoldsNobodyUp() async throws {
    try await TestShop.open { shop async throws in
      let orders = try await shop.rewardOrders(1...3)
      try await shop.forget()
      let cards = await shop.sandbox.cards
      await shop.sandbox.change(card: cards[0].id) { $0.privateMetadata = [:] }
      await shop.sandbox.remove(order: try #require(cards[1].privateMetadata["laurel.order_id"]))
      let nameless = try #require(cards[2].privateMetadata["laurel.order_id"])
      await shop.sandbox.update(order: nameless) { $0.fields["metadata"] = [] }
      let first = try await shop.reconcile()
      #expect(first.adopting == 1 && first.remaining == [.unknown: 2])
      try await shop.eventually("the order is not looked at") {
        try await FoundCodeRepository(shop.pool).unresolved(store: shop.store) == 0
      }
      let result = try await shop.reconcile()
      let details = Set(result.differences.map(\.detail))
      #expect(details.contains { $0.contains("does not say which order") })
      #expect(details.contains { $0.contains("no longer has its order") })
      try await shop.eventually("the code stays open") {
        try await FoundCodeRepository(shop.pool).unresolved(store: shop.store) == 0
      }
      let check = try await shop.check()
      #expect(check.remaining == [.unknown: 2])
      // Whose code was named is lost, and the reward is taken over all the same.
      let bound = try #require(orders.first { $0.id == nameless })
      #expect(try await Self.standing(shop, bound)?.rule == "adopted")
      // Others go on, and what was not explained is, when its order comes by itself.
      let free = try #require(
        orders.first { $0.id == cards[0].privateMetadata["laurel.order_id"] })
      _ = try await shop.deliver(shop.body(.orderConfirmed, free))
      let other = DecisionTests.paid(9, email: "carol@example.com")
      #expect(try await DecisionTests.standings(shop, [other]).first??.state == "rewarded")
      try await shop.eventually("the reward is not taken over") {
        try await Self.standing(shop, free)?.state == "rewarded"
      }
      #expect(try await Self.standing(shop, free)?.rule == "adopted")
      #expect(await shop.sandbox.cards.count == 4)
    }
  }

  @Test func aTombstoneEndsTheRewardAsTakenBack() async throws {
    for (kind, version) in [("gift_card", "3.23"), ("gift_card", "3.20"), ("voucher", "3.23")] {
      try await TestShop.open(environment: ["REWARD_TYPE": kind]) { shop async throws in
        await shop.sandbox.set(schemaVersion: version)
        try await shop.issueAlicesCode()
        let order = DecisionTests.paid(1, email: "bob@example.com")
        let field = kind == "voucher" ? "voucherCreate" : "giftCardCreate"
        await shop.sandbox.inject(
          Array(repeating: .internalErrorBeforeSave, count: 1000), on: field)
        await shop.sandbox.put(order)
        _ = try await shop.deliver(shop.body(.orderFullyPaid, order))
        try await shop.eventually("it is not tried") {
          try await shop.count(
            "SELECT count(*) AS count FROM rewards WHERE attempts > 0") == 1
        }
        await shop.sandbox.cancel(order: order.id)
        try await TakeBackTests.tell(shop, "OrderCancelled", order.id)
        try await shop.waitForRewards(1, .revoking)
        await shop.sandbox.behave()
        try await shop.waitForRewards(1, .revoked)

        // An older life: the reward is owed again, and the order stands.
        await shop.sandbox.put(order)
        try await shop.pool.execute(
          """
          UPDATE referrals SET state = 'paid', rule = NULL, reason = NULL
          """)
        try await shop.pool.execute(
          """
          UPDATE rewards SET status = 'pending', take_back_reason = NULL, taken_back_at = NULL,
            shortfall = NULL, attempts = 0, next_attempt_at = now()
          """)
        try await shop.waitForRewards(1, .revoked)
        let standing = try await Self.standing(shop, order)
        #expect(standing?.state == "rejected" && standing?.rule == "taken_back")
        #expect(await shop.sandbox.cards.count(where: \.isActive) == 0)
        #expect(await shop.sandbox.vouchers.allSatisfy { $0.listings.isEmpty })
        #expect(try await shop.check().differences == [])
      }
    }
  }

  @Test func cardsOfAnOldStoreAreFoundByTheirNotes() async throws {
    try await TestShop.open { shop async throws in
      await shop.sandbox.set(schemaVersion: "3.20")
      _ = try await shop.rewardOrders(1...3)
      #expect(await shop.sandbox.cards.allSatisfy { $0.metadata.isEmpty })
      #expect(try await shop.check().codes == 3)
      try await shop.forget()
      #expect(try await shop.reconcile().adopting == 3)
      try await shop.waitForRewards(3, .issued)
      #expect(try await shop.check().differences == [])
    }
  }

  @Test func whatWaitsForApprovalOrIsDeadGoesOnWhenTheStoreHasIt() async throws {
    try await TestShop.open(environment: ["LAUREL_ROLLOUT": "manual"]) { shop async throws in
      try await shop.issueAlicesCode()
      try await shop.payOrders(1...2)
      try await shop.waitForRewards(2, .pending)
      try await shop.pool.execute("UPDATE rewards SET approved_at = now()")
      try await shop.waitForRewards(2, .issued)
      try await shop.settle()
      let ids = try await shop.rewardIDs()
      // An older life: one waits, the other was given up.
      try await shop.pool.execute(
        """
        UPDATE rewards SET status = CASE WHEN id = \(try #require(UUID(uuidString: ids[0])))
            THEN 'pending' ELSE 'dead' END, approved_at = NULL, first_attempt_at = NULL,
          next_attempt_at = now(), next_look_at = NULL
        """)
      try await shop.pool.execute("UPDATE referrals SET state = 'paid'")
      let known = try #require(try await StoreRepository(shop.pool).all().first)
      #expect(known.id == shop.store)
      let process = try await Reconciling(
        shop.pool, shop.sandbox, shop.transport, rollout: .manual)
      #expect(try await process.adopt.run().released == 2)
      try await shop.waitForRewards(2, .issued)
      #expect(await shop.sandbox.cards.count == 2)
    }
  }
}
