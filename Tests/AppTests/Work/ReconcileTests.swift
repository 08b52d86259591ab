import App
import Domain
import FoundationEssentials
import HTTPTransport
import Ledger
import NIOConcurrencyHelpers
import Postgres
import SaleorAPI
import Sandbox
import Testing
import Work

/// The ledger against the store: what differs, and what is put right.
@Suite(.timeLimit(.minutes(3))) struct ReconcileTests {
  /// The kinds of the differences, sorted.
  private static func kinds(_ result: Reconciliation) -> [String] {
    result.differences.map(\.kind.rawValue).sorted()
  }

  @Test(arguments: ["gift_card", "voucher"])
  func aShopInWhichAllIsWellHasNoDifference(kind: String) async throws {
    try await TestShop.open(environment: ["REWARD_TYPE": kind]) { shop async throws in
      _ = try await shop.rewardOrders(1...3)
      for result in [try await shop.check(), try await shop.reconcile()] {
        #expect(result.differences == [])
        #expect(result.codes == 3 && result.remainingCount == 0 && result.adopting == 0)
        var account = Statement(currency: try #require(Currency("USD")))
        account.due = .init(3, 31.5)
        account.issued = .init(3, 31.5)
        account.outstanding = 31.5
        account.balanceAtStore = 31.5
        #expect(result.statements == [account])
      }
      let run = try await shop.pool.first("SELECT differences, summary FROM reconcile_runs") {
        row in
        (
          try row.decode("differences", as: Int.self),
          try row.decode("summary", as: String.self)
        )
      }
      #expect(run?.0 == 0)
      #expect(run?.1 == "3 codes, 0 being adopted, 0 repaired, no difference")
      let gauges = try await shop.pool.withConnection { connection in
        try await GaugeRepository(connection).read(store: shop.store, rollout: .all)
      }
      #expect(gauges.reconciliation?.differences == 0)
    }
  }

  @Test func whatWasSpentAndWhatEndedIsInTheAccount() async throws {
    try await TestShop.open(environment: ["REFERRAL_REWARD_VALIDITY_DAYS": "10"]) {
      shop async throws in
      _ = try await shop.rewardOrders(1...3)
      let cards = await shop.sandbox.cards
      await shop.sandbox.change(card: cards[0].id) { $0.currentBalance = 4 }
      await shop.sandbox.change(card: cards[1].id) { $0.expiryDate = "2026-01-01" }
      let result = try await shop.check()
      #expect(result.differences == [])
      let account = try #require(result.statements.first)
      #expect(account.spent == 6.5 && account.expired == 10.5 && account.outstanding == 14.5)
      #expect(account.balanceAtStore == 14.5)
    }
  }

  @Test func aCardThatIsGoneIsReportedAndNeverMadeAgain() async throws {
    for kind in ["gift_card", "voucher"] {
      try await TestShop.open(environment: ["REWARD_TYPE": kind]) { shop async throws in
        let orders = try await shop.rewardOrders(1...2)
        if kind == "voucher" {
          await shop.sandbox.delete(voucher: try #require(await shop.sandbox.vouchers.first).id)
        } else {
          await shop.sandbox.delete(card: try #require(await shop.sandbox.cards.first).id)
        }
        let result = try await shop.reconcile()
        #expect(Self.kinds(result) == ["gone", "sum"])
        #expect(result.remaining[.gone] == 1)
        try await shop.settle()
        #expect(await shop.sandbox.cards.count + shop.sandbox.vouchers.count == 1)
        #expect(
          try await shop.count("SELECT count(*) AS count FROM rewards WHERE status = 'issued'")
            == orders.count)
      }
    }
  }

  @Test func aCardWithoutItsMetadataIsNotGone() async throws {
    try await TestShop.open { shop async throws in
      _ = try await shop.rewardOrders(1...1)
      let card = try #require(await shop.sandbox.cards.first)
      await shop.sandbox.change(card: card.id) {
        $0.metadata = [:]
        $0.currentBalance = 4
      }
      let result = try await shop.check()
      #expect(result.codes == 0 && result.differences == [])
      #expect(result.statements.first?.spent == 6.5)
    }
  }

  @Test func whatStaffSwitchedOffOrMadeWorthMoreIsReported() async throws {
    try await TestShop.open { shop async throws in
      _ = try await shop.rewardOrders(1...3)
      let cards = await shop.sandbox.cards
      await shop.sandbox.change(card: cards[0].id) { $0.isActive = false }
      await shop.sandbox.change(card: cards[1].id) {
        $0.initialBalance = 20
        $0.currentBalance = 20
      }
      let result = try await shop.reconcile()
      #expect(Self.kinds(result) == ["sum", "switched_off", "worth"])
      let worth = result.differences.first { $0.kind == .worth }
      #expect(worth?.detail == "it is worth 10.5 USD, and at the store 20 USD")
      #expect(await shop.sandbox.card(code: cards[1].code)?.initialBalance == 20)
      #expect(await shop.sandbox.card(code: cards[0].code)?.isActive == false)
    }
  }

  @Test func aRevokedCardThatALateSaveRevivesIsMadeWorthlessAgain() async throws {
    for kind in ["gift_card", "voucher"] {
      try await TestShop.open(environment: ["REWARD_TYPE": kind]) { shop async throws in
        let order = try #require(try await shop.rewardOrders(1...2).first)
        await shop.sandbox.cancel(order: order.id)
        try await TakeBackTests.tell(shop, "OrderCancelled", order.id)
        try await shop.waitForRewards(1, .revoked)
        // What the save of a tag does that began before the deactivation: the whole card is written.
        if kind == "voucher" {
          let id = try #require(await shop.sandbox.vouchers.first { $0.endDate != nil }).id
          await shop.sandbox.change(voucher: id) { $0.endDate = nil }
        } else {
          let id = try #require(await shop.sandbox.cards.first { !$0.isActive }).id
          await shop.sandbox.change(card: id) {
            $0.isActive = true
            $0.privateMetadata["laurel.revoked"] = nil
          }
        }
        let before = try await shop.check()
        #expect(Self.kinds(before) == ["revived"] && before.remainingCount == 1)
        let result = try await shop.reconcile()
        #expect(result.repaired == 1 && result.remainingCount == 0)
        try await shop.waitForRewards(1, .revoked)
        #expect(await shop.sandbox.cards.count(where: \.isActive) == (kind == "voucher" ? 0 : 1))
        #expect(try await shop.check().differences == [])
      }
    }
  }

  @Test func aRestoredLedgerDoesNotCountWhatWasTakenBackAsPaid() async throws {
    try await TestShop.open { shop async throws in
      let order = try #require(try await shop.rewardOrders(1...1).first)
      // What a human had done after the backup was made; the order stands.
      let card = try #require(await shop.sandbox.cards.first)
      await shop.sandbox.change(card: card.id) {
        $0.isActive = false
        $0.currentBalance = 4
        $0.privateMetadata["laurel.revoked"] = "true"
      }
      #expect(Self.kinds(try await shop.check()) == ["sum", "taken_back"])
      let result = try await shop.reconcile()
      #expect(Self.kinds(result) == ["taken_back"])
      #expect(result.repaired == 1 && result.remainingCount == 0)
      try await shop.waitForRewards(1, .revoked)
      let account = try #require(try await shop.check().statements.first)
      #expect(account.clawedBack == .init(1, 10.5) && account.shortfall == 6.5)
      let standing = try await ReferralRepository(shop.pool)
        .find(store: shop.store, orderID: order.id)
      #expect(standing?.state == "rejected" && standing?.rule == "taken_back")
      #expect(try await shop.check().differences == [])
    }
  }

  @Test func aSecondCodeOfARewardAndAnUnknownOneAreReported() async throws {
    try await TestShop.open { shop async throws in
      _ = try await shop.rewardOrders(1...1)
      let card = try #require(await shop.sandbox.cards.first)
      let client = StoreClient(
        graphQL: .init(
          transport: shop.transport,
          url: try #require(try await StoreRepository(shop.pool).all().first?.address),
          token: await shop.sandbox.app.token, reach: .anywhere))
      let money = Money(amount: 5, currency: try #require(Currency("USD")))
      let version = try #require(StoreVersion("3.23"))
      let identity = RewardIdentity(storeAddress: shop.storeURL, orderID: "T3JkZXI6MQ==")
      for (code, reward) in [
        ("SECONDCARD", try #require(card.metadata["laurel.reward_id"])),
        ("UNKNOWNCARD", UUID().uuidString), ("STRANGECARD", "no reward"),
      ] {
        _ = try await client.createGiftCard(
          code: code, balance: money, origin: RewardOrigin(rewardID: reward, identity: identity),
          expiresOn: nil, version: version)
      }
      let result = try await shop.reconcile()
      #expect(Self.kinds(result) == ["doubled", "unknown", "unknown"])
      let details = result.differences.map(\.detail)
      #expect(details.contains("what it names is no reward's id"))
      #expect(
        details.contains(
          "the ledger does not know its reward: the order that it names did not earn this reward"))
    }
  }

  @Test func moreThanTwoPagesAreCompared() async throws {
    try await TestShop.open { shop async throws in
      _ = try await shop.rewardOrders(1...250)
      let gone = await shop.sandbox.cards[140]
      await shop.sandbox.delete(card: gone.id)
      let before = await shop.sandbox.calls["giftCards"] ?? 0
      let result = try await shop.check()
      #expect(result.codes == 249)
      #expect(await shop.sandbox.calls["giftCards"] == before + 3)
      #expect(result.remaining == [.gone: 1, .sum: 1])
      #expect(result.differences.first?.promoCodeID == gone.id)
    }
  }

  @Test func aPageThatFailsEndsTheRunWithoutAResult() async throws {
    try await TestShop.open { shop async throws in
      _ = try await shop.rewardOrders(1...2)
      // As often as a page is asked for.
      await shop.sandbox.inject(
        Array(repeating: .internalErrorBeforeSave, count: 5), on: "vouchers")
      await #expect(throws: StoreError.self) { try await shop.reconcile() }
      let error = try await shop.pool.first("SELECT last_error FROM reconcile_runs") { row in
        try row.decode("last_error", as: String?.self)
      }
      #expect(error??.contains("internal_error") == true)
      #expect(try await shop.reconcile().differences == [])
    }
  }

  @Test func aTokenWithoutOnePermissionIsEnoughForTheOtherKindOnly() async throws {
    try await TestShop.open { shop async throws in
      _ = try await shop.rewardOrders(1...2)
      await shop.sandbox.remove(permission: "MANAGE_DISCOUNTS")
      #expect(try await shop.check().differences == [])
      await shop.sandbox.remove(permission: "MANAGE_GIFT_CARD")
      await #expect(throws: StoreError.self) { try await shop.check() }
    }
  }

  @Test func aCheckChangesNothing() async throws {
    try await TestShop.open { shop async throws in
      let orders = try await shop.rewardOrders(1...4)
      let cards = await shop.sandbox.cards
      await shop.sandbox.cancel(order: orders[0].id)
      try await TakeBackTests.tell(shop, "OrderCancelled", orders[0].id)
      try await shop.waitForRewards(1, .revoked)
      for card in cards { await shop.sandbox.change(card: card.id) { $0.isActive = true } }
      let last = cards.first { $0.privateMetadata["laurel.order_id"] == orders[3].id }
      await shop.sandbox.delete(card: try #require(last).id)
      try await shop.pool.execute(
        "DELETE FROM rewards WHERE order_id = \(orders[1].id)")
      try await shop.pool.execute("UPDATE referrals SET next_check_at = NULL")
      let ledger = try await shop.everything()
      let codes = await shop.sandbox.cards
      let calls = await shop.sandbox.calls
      let result = try await shop.check()
      #expect(Set(result.differences.map(\.kind)).isSuperset(of: [.revived, .gone, .unknown]))
      #expect(try await shop.everything() == ledger)
      #expect(await shop.sandbox.cards == codes)
      let reads: Set = ["giftCards", "vouchers", "giftCard", "shop"]
      #expect(
        await shop.sandbox.calls.filter { !reads.contains($0.key) }
          == calls.filter { !reads.contains($0.key) })
    }
  }

  @Test func rewardsThatAreIssuedMeanwhileAreNoDifference() async throws {
    try await TestShop.open { shop async throws in
      try await shop.issueAlicesCode()
      async let paid = shop.payOrders(1...60)
      var results: [Reconciliation] = []
      repeat { results.append(try await shop.reconcile()) } while results.count < 10
      _ = try await paid
      try await shop.waitForRewards(60, .issued)
      #expect(results.flatMap(\.differences) == [])
      #expect(try await shop.check().differences == [])
      #expect(await shop.sandbox.cards.count == 60)
    }
  }

  @Test func everyCommitHasAFailpoint() async throws {
    try await TestShop.open { shop async throws in
      let orders = try await shop.rewardOrders(1...3)
      let cards = await shop.sandbox.cards
      let passed = NIOLockedValueBox<Set<String>>([])
      let pool = try Pool(
        PostgresConfiguration(
          connectionString: shop.pool.configuration.connectionString, poolSize: 2,
          commitHook: { point in passed.withLockedValue { _ = $0.insert(point) } }))
      let process = try await Reconciling(pool, shop.sandbox, shop.transport)
      await shop.sandbox.cancel(order: orders[0].id)
      try await TakeBackTests.tell(shop, "OrderCancelled", orders[0].id)
      try await shop.waitForRewards(1, .revoked)
      for card in cards {
        await shop.sandbox.change(card: card.id) { card in
          card.isActive = !card.isActive
          card.privateMetadata["laurel.revoked"] = card.isActive ? nil : "true"
        }
      }
      try await shop.pool.execute("DELETE FROM rewards WHERE order_id = \(orders[1].id)")
      _ = try await process.reconcile.run()
      await shop.sandbox.set(tokenWorks: false)
      await #expect(throws: StoreError.self) { try await process.reconcile.run() }
      await pool.close()
      let points = passed.withLockedValue { $0 }
      #expect(points.subtracting(Failpoint.names).sorted() == [])
      let elsewhere: Set = ["Adoption.write", "FoundCodeRepository.postpone", "Issue.close"]
      for name in Set(Failpoint.reconciling).subtracting(elsewhere) {
        #expect(points.contains("commit.\(name).after"), "\(name) was not passed")
      }
    }
  }

  @Test func ofTwoProcessesOneReconciles() async throws {
    try await TestShop.open { shop async throws in
      _ = try await shop.rewardOrders(1...1)
      await shop.sandbox.inject([.delay(.milliseconds(500))], on: "giftCards")
      let both = try await [
        Reconciling(shop.pool, shop.sandbox, shop.transport),
        Reconciling(shop.pool, shop.sandbox, shop.transport),
      ]
      async let first = both[0].reconcile.run()
      async let second = both[1].reconcile.run()
      let results = try await [first, second]
      #expect(results.count { $0 != nil } == 1)
    }
  }

  @Test func theScheduleWaitsAndThenRuns() async throws {
    try await TestShop.open { shop async throws in
      _ = try await shop.rewardOrders(1...1)
      let process = try await Reconciling(
        shop.pool, shop.sandbox, shop.transport, interval: .milliseconds(200))
      let stage = try #require(process.reconcile.stage())
      let running = Task { try await stage.run() }
      try await shop.eventually("it does not run twice") {
        try await shop.count("SELECT coalesce(max(epoch), 0) AS count FROM reconcile_runs") >= 2
      }
      running.cancel()
      try await running.value
    }
  }
}
