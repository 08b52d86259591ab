import Domain
import FoundationEssentials
import Ledger
import Logging
import NIOConcurrencyHelpers
import Postgres
import SaleorAPI
import Sandbox
import Testing
import Work

/// The orders from before a store was connected.
@Suite struct HistoryTests {
  private static let day: Double = 86_400

  /// Orders of yesterday and before: every third by a customer with an account, every tenth never
  /// paid.
  private static func pastOrders(_ count: Int) -> [SandboxOrder] {
    let now = Date()
    return (0..<count).map { index in
      let created = now - day - Double(count - index)
      let userID = index.isMultiple(of: 3) ? Self.userID(index) : nil
      let email = "old\(index)@example.com"
      return index.isMultiple(of: 10)
        ? .unpaid(
          number: 1000 + index, total: 5, email: email, userID: userID, created: created)
        : .paid(number: 1000 + index, total: 5, email: email, userID: userID, created: created)
    }
  }

  /// The id of the customer of a past order.
  private static func userID(_ index: Int) -> String {
    Data("User:\(1000 + index)".utf8).base64EncodedString()
  }

  /// A reading of its own, as another process has one.
  private static func history(
    _ store: StandingStore, pause: Duration = .zero, lease: Duration = .seconds(60)
  ) async throws -> History {
    var settings = HistorySettings()
    settings.pause = pause
    settings.retry = RetryPolicy(base: .zero, cap: .zero)
    return History(
      pool: store.pool, store: try await store.connected(), gate: RunGate(), settings: settings,
      lease: lease,
      log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
  }

  private static func progress(_ store: StandingStore) async throws -> HistoryRepository.Progress? {
    try await HistoryRepository(store.pool).progress(store: store.connected().id)
  }

  /// Whether the ledger has exactly the buyers of `pastOrders(250)`.
  private static func expectAllBuyers(_ store: StandingStore) async throws {
    #expect(try await store.count("SELECT count(*) AS count FROM buyers") == 225)
    // 84 of the 250 have an account; 9 of these orders were never paid.
    #expect(
      try await store.count("SELECT count(*) AS count FROM buyers WHERE customer_id IS NOT NULL")
        == 75)
    #expect(
      try await progress(store)
        == .init(seen: 250, total: 250, isComplete: true, lastError: nil))
  }

  @Test func everyPageIsReadOnceAndNothingIsDecided() async throws {
    try await StandingStore.open { store async throws in
      for order in Self.pastOrders(250) { await store.sandbox.put(order) }
      #expect(try await Self.progress(store) == nil)
      let history = try await Self.history(store)
      try await history.run()
      // One call counts, three read.
      #expect(await store.sandbox.calls == ["orders": 4])
      try await Self.expectAllBuyers(store)
      #expect(try await store.count("SELECT count(*) AS count FROM inbox") == 0)
      #expect(try await store.count("SELECT count(*) AS count FROM referrals") == 0)
      try await history.run()
      try await Self.history(store).run()
      #expect(await store.sandbox.calls == ["orders": 4])
    }
  }

  @Test func theOldestOrderOfAMailboxIsKept() async throws {
    try await StandingStore.open { store async throws in
      let orders = ["b.ob@gmail.com", "bob+2@googlemail.com"].enumerated().map { index, email in
        SandboxOrder.paid(
          number: index, total: 5, email: email, created: Date() - Double(index) * Self.day)
      }
      for order in orders { await store.sandbox.put(order) }
      try await Self.history(store).run()
      #expect(
        try await store.count(
          "SELECT count(*) AS count FROM buyers WHERE order_id = \(orders[1].id)") == 1)
    }
  }

  @Test func anEmptyStoreHasNoPast() async throws {
    try await StandingStore.open { store async throws in
      try await Self.history(store).run()
      #expect(
        try await Self.progress(store)
          == .init(seen: 0, total: 0, isComplete: true, lastError: nil))
    }
  }

  @Test func aRunThatDiesInTheMiddleIsTakenUp() async throws {
    try await StandingStore.open { store async throws in
      for order in Self.pastOrders(250) { await store.sandbox.put(order) }
      // The count, a page, and a page that takes long.
      await store.sandbox.inject([.delay(.zero), .delay(.zero), .delay(.seconds(5))], on: "orders")
      let dying = try await Self.history(store, lease: .seconds(2))
      let run = Task { try await dying.run() }
      while try await Self.progress(store)?.seen ?? 0 < 100 {
        try await Task.sleep(for: .milliseconds(10))
      }
      run.cancel()
      await #expect(throws: CancellationError.self) { try await run.value }
      let next = try await Self.history(store)
      while try await Self.progress(store)?.isComplete != true {
        try await next.run()
        try await Task.sleep(for: .milliseconds(100))
      }
      try await Self.expectAllBuyers(store)
      // The first page was not read again; the run may have died before its second question.
      let calls = await store.sandbox.calls["orders"] ?? 0
      #expect((4...5).contains(calls))
    }
  }

  @Test func aStoreThatFailsMidwayIsAskedAgain() async throws {
    try await StandingStore.open { store async throws in
      for order in Self.pastOrders(250) { await store.sandbox.put(order) }
      let history = try await Self.history(store)
      for fault: SandboxFault in [.httpStatus(503), .permissionDenied] {
        await store.sandbox.inject([fault], on: "orders")
        try await history.run()
        let progress = try #require(try await Self.progress(store))
        #expect(progress.seen == 0 && progress.lastError != nil)
      }
      #expect(try await store.count("SELECT failures AS count FROM history_marks") == 2)
      await store.sandbox.inject([.delay(.zero), .delay(.zero), .httpStatus(503)], on: "orders")
      try await history.run()
      var progress = try #require(try await Self.progress(store))
      #expect(progress.seen == 100 && progress.total == 250)
      #expect(progress.lastError?.contains("503") == true)
      #expect(try await store.count("SELECT failures AS count FROM history_marks") == 1)
      // The next run is not due before its time.
      try await store.pool.execute(
        "UPDATE history_marks SET next_run_at = now() + interval '1 hour'")
      try await history.run()
      progress = try #require(try await Self.progress(store))
      #expect(progress.seen == 100)
      try await store.pool.execute("UPDATE history_marks SET next_run_at = now()")
      try await history.run()
      try await Self.expectAllBuyers(store)
    }
  }

  @Test func aCursorThatTheStoreNoLongerTakesStartsOver() async throws {
    try await StandingStore.open { store async throws in
      for order in Self.pastOrders(250) { await store.sandbox.put(order) }
      await store.sandbox.inject([.delay(.zero), .delay(.zero), .httpStatus(503)], on: "orders")
      let history = try await Self.history(store)
      try await history.run()
      try await store.pool.execute("UPDATE history_marks SET cursor = 'of another version'")
      try await history.run()
      #expect(try await Self.progress(store)?.seen == 0)
      try await history.run()
      try await Self.expectAllBuyers(store)
    }
  }

  @Test func onlyOneProcessReadsAtATime() async throws {
    try await StandingStore.open { store async throws in
      for order in Self.pastOrders(250) { await store.sandbox.put(order) }
      let replicas = try await [
        Self.history(store, pause: .milliseconds(50)), Self.history(store),
        Self.history(store),
      ]
      try await withThrowingTaskGroup { group in
        for replica in replicas { group.addTask { try await replica.run() } }
        try await group.waitForAll()
      }
      try await Self.expectAllBuyers(store)
      #expect(await store.sandbox.calls["orders"] == 4)
    }
  }

  @Test func processesThatReadTogetherDoNoHarm() async throws {
    try await StandingStore.open { store async throws in
      for order in Self.pastOrders(250) { await store.sandbox.put(order) }
      try await withThrowingTaskGroup { group in
        for _ in 0..<4 {
          // A lease that is out at once keeps nobody away.
          let replica = try await Self.history(store, lease: .zero)
          group.addTask {
            while try await Self.progress(store)?.isComplete != true { try await replica.run() }
          }
        }
        try await group.waitForAll()
      }
      try await Self.expectAllBuyers(store)
    }
  }

  @Test func decisionsWaitForThePastAndThenCome() async throws {
    try await StandingStore.open { store async throws in
      let past = Self.pastOrders(250)
      for order in past { await store.sandbox.put(order) }
      let id = try await store.connected().id
      let history = HistoryRepository(store.pool)
      // Another process has begun, and does not come on.
      let turn = try #require(try await history.claim(store: id, lease: .seconds(600)))
      try await store.laurel([
        "REFERRAL_NEW_CUSTOMERS_ONLY": "true", "LAUREL_HISTORY": "read",
      ]) { shop in
        try await shop.issueAlicesCode()
        let orders = [
          // A guest's mailbox under another spelling, which the store itself does not find.
          DecisionTests.paid(1, email: "OLD248+shop@example.com"),
          DecisionTests.paid(2, email: "friend@example.com"),
          DecisionTests.paid(3, email: "alice@example.com"),
        ]
        for order in orders {
          await store.sandbox.put(order)
          #expect(try await shop.deliver(shop.body(.orderFullyPaid, order)).status == 200)
        }
        func standing(_ order: SandboxOrder) async throws -> ReferralRepository.Standing? {
          try await ReferralRepository(shop.pool).find(store: id, orderID: order.id)
        }
        for order in orders[..<2] {
          try await shop.eventually("it does not wait") {
            try await standing(order)?.rule == "new_customer"
          }
          let waiting = try #require(try await standing(order))
          #expect(waiting.state == "tracked")
          #expect(waiting.reason == "the store's past orders are still being read: 0 orders")
        }
        // What can be refused without the past is refused at once.
        try await shop.eventually("her own order is not refused") {
          try await standing(orders[2])?.rule == "self_referral"
        }
        #expect(try await Scrape(shop).value("laurel_history_complete") == 0)
        // However long it takes, they are not given up.
        try await shop.pool.execute("UPDATE referrals SET created_at = now() - interval '40 days'")
        let looks = try await shop.count("SELECT max(checks) AS count FROM referrals")
        try await shop.eventually("it is not looked at again") {
          try await shop.count("SELECT max(checks) AS count FROM referrals") > looks
        }
        #expect(await store.sandbox.cards.isEmpty)

        try await history.putBack(store: id, turn, error: nil, after: .zero)
        try await shop.settle()
        #expect(try await standing(orders[0])?.rule == "new_customer")
        #expect(try await standing(orders[0])?.state == "rejected")
        #expect(try await standing(orders[1])?.state == "rewarded")
        #expect(await store.sandbox.cards.count == 1)
        // The store's three pages, and the orders that came meanwhile.
        #expect(try await Self.progress(store)?.seen == 253)
        try await shop.eventually("the figures do not tell") {
          try await Scrape(shop).value("laurel_history_complete") == 1
        }
        #expect(
          try await Scrape(shop).values("laurel_history_orders", by: "state")
            == ["read": 253, "total": 253])

        // An account under another address.
        let standings = try await DecisionTests.standings(
          shop, [DecisionTests.paid(9, email: "other@example.com", user: Self.userID(243))])
        #expect(standings.first??.rule == "new_customer")
      }
    }
  }

  @Test func withoutTheConditionNothingWaits() async throws {
    try await StandingStore.open { store async throws in
      let id = try await store.connected().id
      let turn = try await HistoryRepository(store.pool).claim(store: id, lease: .seconds(600))
      #expect(turn != nil)
      try await store.laurel(["LAUREL_HISTORY": "read"]) { shop in
        try await shop.issueAlicesCode()
        let standings = try await DecisionTests.standings(
          shop, [DecisionTests.paid(1, email: "friend@example.com")])
        #expect(standings.first??.state == "rewarded")
      }
    }
  }

  @Test func aStoreIsReadWhenItConnectsUnlessThatIsSwitchedOff() async throws {
    try await StandingStore.open { store async throws in
      for order in Self.pastOrders(120) { await store.sandbox.put(order) }
      try await store.laurel(["LAUREL_HISTORY": "off"]) { shop in
        try await shop.issueAlicesCode()
        try await Task.sleep(for: .milliseconds(500))
      }
      #expect(await store.sandbox.calls["orders"] == nil)
      try await store.laurel(["LAUREL_HISTORY": "read"]) { shop in
        try await shop.eventually("not read") { try await Self.progress(store)?.isComplete == true }
        #expect(
          shop.logLines.withLockedValue { $0 }.contains {
            $0.contains("past orders read") && $0.contains("120")
          })
      }
    }
  }
}
