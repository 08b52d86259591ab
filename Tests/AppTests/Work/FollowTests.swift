import Domain
import FoundationEssentials
import Ledger
import NIOConcurrencyHelpers
import Postgres
import Sandbox
import Testing
import Work

@Suite struct FollowTests {
  /// Opens a shop with one issued reward that nobody looks at for a while.
  static func withReward(
    _ kind: RewardKind, _ body: (TestShop) async throws -> Void
  ) async throws {
    try await TestShop.open(environment: ["REWARD_TYPE": kind.rawValue]) { shop in
      let rewards = try await IssueTests.issue(shop) { _ in }.rewards
      #expect(rewards.map(\.status) == ["issued"])
      let soon = try await shop.count(
        """
        SELECT count(*) AS count FROM rewards WHERE next_look_at IS NULL
          OR next_look_at NOT BETWEEN now() + interval '50 minutes' AND now() + interval '1 hour'
        """)
      #expect(soon == 0)
      // Older than a replica lags.
      try await shop.pool.execute("UPDATE rewards SET issued_at = now() - interval '1 hour'")
      try await body(shop)
    }
  }

  /// Uses the reward in an order of Alice's; gives the order.
  static func use(
    _ kind: RewardKind, _ shop: TestShop, total: Decimal = 4
  ) async throws -> SandboxOrder {
    let order = SandboxOrder.paid(number: 99, total: total, email: "alice@example.com")
    await shop.sandbox.put(order)
    switch kind {
    case .giftCard:
      let code = try #require(await shop.sandbox.cards.first?.code)
      return try await shop.sandbox.redeem(cardCode: code, in: order.id)
    case .voucher:
      let code = try #require(await shop.sandbox.vouchers.first?.codes.first?.code)
      return try await shop.sandbox.redeem(voucherCode: code, in: order.id)
    }
  }

  @Test(arguments: [RewardKind.giftCard, .voucher])
  func anOrderThatUsesItHasItLookedAtAtOnce(kind: RewardKind) async throws {
    try await Self.withReward(kind) { shop in
      let order = try await Self.use(kind, shop)
      _ = try await shop.deliver(shop.body(.orderFullyPaid, order))
      try await shop.waitForRewards(1, .used)
      let spent = try await shop.pool.first("SELECT spent_amount, last_look_at FROM rewards") {
        (
          try $0.decode("spent_amount", as: Decimal?.self),
          try $0.decode("last_look_at", as: Date?.self)
        )
      }
      #expect(spent?.0 == (kind == .giftCard ? 4 : nil))
      #expect(spent?.1 != nil)
      #expect(try await shop.count("SELECT count(next_look_at) AS count FROM rewards") == 0)
      #expect(try await shop.count("SELECT count(*) FROM inbox WHERE outcome = 'no_code'") == 1)
    }
  }

  @Test(arguments: [RewardKind.giftCard, .voucher])
  func withoutAnyEventTheUseIsSeenInTime(kind: RewardKind) async throws {
    try await Self.withReward(kind) { shop in
      _ = try await Self.use(kind, shop, total: 100)
      try await shop.pool.execute("UPDATE rewards SET next_look_at = now()")
      try await shop.waitForRewards(1, .used)
    }
  }

  @Test(arguments: ["GiftCardUpdated", "GiftCardStatusChanged", "legacy"])
  func anEventAboutTheCardHasItLookedAtAtOnce(event: String) async throws {
    try await Self.withReward(.giftCard) { shop in
      _ = try await Self.use(.giftCard, shop)
      let card = try #require(await shop.sandbox.cards.first)
      let app = await shop.sandbox.app
      let body = event == "legacy" ? card.legacyBody() : card.body(of: event, app: app)
      let answer = try await shop.post(
        "/webhooks/saleor", body,
        headers: [
          ("Content-Type", "application/json"), ("Saleor-Event", "gift_card_updated"),
          ("Saleor-Signature", try TestShop.signature(of: body)),
        ])
      #expect(answer.json["status"] == "accepted")
      try await shop.waitForRewards(1, .used)
      #expect(try await shop.count("SELECT count(*) FROM inbox WHERE outcome = 'looked'") == 1)
      let kept = try await shop.count(
        """
        SELECT count(*) AS count FROM inbox_bodies
        WHERE convert_from(body, 'UTF8') LIKE '%' || \(card.code) || '%'
        """)
      #expect(kept == 0, "the code is money and is not kept in the ledger")
    }
  }

  @Test func anEventAboutTheVoucherHasItLookedAtAtOnce() async throws {
    try await Self.withReward(.voucher) { shop in
      _ = try await Self.use(.voucher, shop)
      let id = try #require(await shop.sandbox.vouchers.first?.id)
      for voucher in ["Vm91Y2hlcjo5OTk=", id] {
        let text = #"{"__typename": "VoucherUpdated", "voucher": {"id": "\#(voucher)"}}"#
        _ = try await shop.deliver(Array(text.utf8))
      }
      try await shop.waitForRewards(1, .used)
      try await shop.settle()
      #expect(try await shop.count("SELECT count(*) FROM inbox WHERE outcome = 'looked'") == 1)
      #expect(try await shop.count("SELECT count(*) FROM inbox WHERE outcome = 'ignored'") == 1)
    }
  }

  @Test(arguments: [RewardKind.giftCard, .voucher])
  func whatIsNotUsedStaysAndIsLookedAtAgain(kind: RewardKind) async throws {
    try await Self.withReward(kind) { shop in
      try await shop.pool.execute("UPDATE rewards SET next_look_at = now()")
      try await shop.eventually("it is not looked at again") {
        try await shop.count("SELECT looks AS count FROM rewards") >= 3
      }
      try await shop.waitForRewards(1, .issued)
      #expect(
        try await shop.count("SELECT count(*) FROM rewards WHERE next_look_at IS NOT NULL") == 1)
    }
  }

  @Test(arguments: [RewardKind.giftCard, .voucher])
  func whatEndedUnusedIsExpiredAndWhatWasUsedIsNot(kind: RewardKind) async throws {
    for isUsed in [false, true] {
      try await Self.withReward(kind) { shop in
        if isUsed { _ = try await Self.use(kind, shop) }
        for card in await shop.sandbox.cards {
          await shop.sandbox.change(card: card.id) { $0.expiryDate = "2026-01-31" }
        }
        for voucher in await shop.sandbox.vouchers {
          await shop.sandbox.change(voucher: voucher.id) {
            $0.endDate = "2026-01-31T23:59:59.123456+00:00"
          }
        }
        try await shop.pool.execute("UPDATE rewards SET next_look_at = now()")
        try await shop.waitForRewards(1, isUsed ? .used : .expired)
        guard !isUsed else { return }
        let day = try await shop.pool.first("SELECT expires_on::text AS day FROM rewards") {
          try $0.decode("day", as: String.self)
        }
        #expect(day == "2026-01-31")
        // Whatever comes later, it does not go back.
        _ = try await LookRepository(shop.pool).name(
          store: shop.store, shop.sandbox.cards.map(\.id) + shop.sandbox.vouchers.map(\.id))
        #expect(try await shop.count("SELECT count(next_look_at) AS count FROM rewards") == 0)
      }
    }
  }

  @Test func theLastDayStillCountsAndTheLookComesRightAfterIt() async throws {
    try await Self.withReward(.giftCard) { shop in
      let today = try await shop.pool.first(
        "SELECT (now() AT TIME ZONE 'UTC')::date::text AS day"
      ) { try $0.decode("day", as: String.self) }
      let card = try #require(await shop.sandbox.cards.first)
      await shop.sandbox.change(card: card.id) { $0.expiryDate = today }
      try await shop.pool.execute("UPDATE rewards SET next_look_at = now()")
      try await shop.eventually("it is not looked at") {
        try await shop.count("SELECT count(last_look_at) AS count FROM rewards") == 1
      }
      try await shop.waitForRewards(1, .issued)
      // No later than its end, however long the wait is.
      let end = try #require(
        try await shop.pool.first(
          "SELECT (expires_on + 1)::timestamp AT TIME ZONE 'UTC' AS end FROM rewards"
        ) { try $0.decode("end", as: Date.self) })
      try await shop.pool.transaction { session in
        let looks = LookRepository(session)
        try await session.execute("UPDATE rewards SET next_look_at = now()")
        let claim = try #require(
          try await looks.claimDue(store: shop.store, limit: 5, lease: .seconds(60)).first)
        #expect(try await !looks.markExpired(store: shop.store, claim, endsAt: end))
        try await looks.lookAgain(
          store: shop.store, claim, after: .seconds(200_000), endsAt: end, error: nil)
        let due = try await session.first("SELECT next_look_at FROM rewards") {
          try $0.decode("next_look_at", as: Date.self)
        }
        #expect(due == end)
      }
    }
  }

  @Test func anEventDuringALookIsNotForgotten() async throws {
    try await Self.withReward(.giftCard) { shop in
      let looks = LookRepository(shop.pool)
      let card = try #require(await shop.sandbox.cards.first).id
      // So that the stage does not take what the event makes due.
      try await shop.pool.transaction { session in
        let looks = LookRepository(session)
        try await session.execute("UPDATE rewards SET next_look_at = now()")
        let claim = try #require(
          try await looks.claimDue(store: shop.store, limit: 5, lease: .seconds(60)).first)
        #expect(try await looks.name(store: shop.store, [card]) == [card])
        try await looks.lookAgain(
          store: shop.store, claim, after: .seconds(3600), endsAt: nil, error: nil)
        try await looks.putBack(store: shop.store, claim, after: .seconds(3600), error: nil)
        let due = try await session.first(
          "SELECT count(*) AS count FROM rewards WHERE next_look_at <= now() AND looks = 0"
        ) { try $0.decode("count", as: Int.self) }
        #expect(due == 1)
        #expect(try await looks.markUsed(store: shop.store, claim, spent: 1))
        #expect(try await !looks.markUsed(store: shop.store, claim, spent: 2))
        #expect(try await !looks.markExpired(store: shop.store, claim, endsAt: .distantPast))
      }
      #expect(try await looks.name(store: shop.store, [card]) == [])
    }
  }

  @Test func aStoreThatIsIllDelaysTheLook() async throws {
    try await Self.withReward(.giftCard) { shop in
      await shop.sandbox.inject(
        [.httpStatus(500), .noAnswerBeforeSave, .permissionDenied, .internalErrorBeforeSave],
        on: "giftCard")
      let order = try await Self.use(.giftCard, shop)
      _ = try await shop.deliver(shop.body(.orderPaid, order))
      try await shop.waitForRewards(1, .used)
      #expect(await shop.sandbox.calls["giftCard"] == 5)
    }
  }

  @Test func whatStaffSwitchOffIsReportedOnceAndMadeNoMore() async throws {
    try await Self.withReward(.giftCard) { shop in
      let id = try #require(await shop.sandbox.cards.first).id
      let reported = {
        shop.logLines.withLockedValue { $0.filter { $0.contains("cannot be used") } }
      }
      let waitForError = { @Sendable (error: String?) async throws in
        try await shop.eventually("the ledger does not have the error \(error ?? "none")") {
          try await shop.count(
            """
            SELECT count(*) AS count FROM rewards WHERE last_error IS NOT DISTINCT FROM \(error)
              AND last_look_at IS NOT NULL AND status = 'issued'
            """) == 1
        }
      }
      await shop.sandbox.change(card: id) { $0.isActive = false }
      try await shop.pool.execute("UPDATE rewards SET next_look_at = now()")
      try await waitForError("it is switched off at the store")
      let looks = await shop.sandbox.calls["giftCard", default: 0]
      try await shop.eventually("it is not looked at again") {
        await shop.sandbox.calls["giftCard", default: 0] >= looks + 3
      }
      #expect(reported().count == 1)
      await shop.sandbox.change(card: id) { $0.isActive = true }
      try await waitForError(nil)
      await shop.sandbox.delete(card: id)
      try await waitForError("the store no longer has it")
      try await Task.sleep(for: .milliseconds(500))
      #expect(reported().count == 2)
      #expect(await shop.sandbox.calls["giftCardCreate"] == 1)
      #expect(await shop.sandbox.cards.isEmpty)
    }
  }

  @Test func aReplicaThatLagsBehindAlarmsNobody() async throws {
    try await Self.withReward(.giftCard) { shop in
      try await shop.pool.execute("UPDATE rewards SET issued_at = now()")
      await shop.sandbox.inject([.staleReads(2)], on: "giftCard")
      let order = try await Self.use(.giftCard, shop)
      _ = try await shop.deliver(shop.body(.orderPaid, order))
      try await shop.waitForRewards(1, .used)
      #expect(await shop.sandbox.calls["giftCard"] == 3)
      let lines = shop.logLines.withLockedValue { $0 }
      #expect(!lines.contains { $0.contains("cannot be used") })
    }
  }

  @Test func twoWorkersShareTheLooks() async throws {
    try await TestShop.open { shop in
      try await shop.issueAlicesCode()
      try await shop.payOrders(1...20)
      try await shop.waitForRewards(20, .issued)
      try await shop.settle()
      try await shop.pool.execute("UPDATE rewards SET next_look_at = now()")
      // Two more beside the shop's own.
      let claimed = try await withThrowingTaskGroup(of: [UUID].self) { group in
        for _ in 1...2 {
          group.addTask {
            try await LookRepository(shop.pool)
              .claimDue(store: shop.store, limit: 8, lease: .seconds(60)).map(\.id)
          }
        }
        return try await group.reduce(into: []) { $0 += $1 }
      }
      #expect(Set(claimed).count == claimed.count)
      try await shop.eventually("not every reward is taken") {
        try await shop.count("SELECT count(*) FROM rewards WHERE look_epoch > 0") == 20
      }
      let looks = try await shop.count(
        "SELECT count(*) AS count FROM rewards WHERE id = ANY (\(claimed)) AND look_epoch <> 1")
      #expect(looks == 0, "what one has taken no other takes")
    }
  }
}
