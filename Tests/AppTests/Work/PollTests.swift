import Domain
import FoundationEssentials
import Ledger
import Postgres
import SaleorAPI
import Sandbox
import Testing
import Work

@Suite struct PollTests {
  /// Paid orders of different buyers, each changed `spacing` seconds after the one before it; the
  /// last one now.
  static func orders(
    _ count: Int, spacing: Double = 0, code: String? = "ALICE10", now: Date = Date()
  ) -> [SandboxOrder] {
    (0..<count).map { index in
      .paid(
        number: index + 1, total: 20, email: "friend\(index)@example.com",
        metadata: code.map { ["ref_code": $0] } ?? [:],
        created: now - Double(count - 1 - index) * spacing)
    }
  }

  @Test(arguments: [0, 3600, -3600] as [Double])
  func whatHappensWhileLaurelIsDownIsRewarded(clockError: Double) async throws {
    try await StandingStore.open(clockError: clockError) { store async throws in
      try await store.laurel(["LAUREL_POLL_SECONDS": "300"]) { shop in
        try await shop.issueAlicesCode()
        try await shop.eventually("no first poll") { try await store.mark() != nil }
      }
      let now = Date() + clockError
      let orders = Self.orders(10, now: now)
      let others = Self.orders(10, code: nil, now: now)
      for order in orders + others { await store.sandbox.put(order) }
      try await store.laurel(["LAUREL_POLL_SECONDS": "300"]) { shop in
        try await shop.eventually("not rewarded") { await store.sandbox.cards.count == 10 }
        try await shop.settle()
      }
      #expect(await store.sandbox.cards.count == 10)
      // Orders without a code are settled without a call to the store.
      #expect(await store.sandbox.calls["order"] == 10)
      #expect(
        try await store.count("SELECT count(*) AS count FROM inbox WHERE outcome = 'no_code'") == 10
      )
    }
  }

  @Test func theScheduleFindsWhatHappensLater() async throws {
    try await StandingStore.open { store async throws in
      try await store.laurel(["LAUREL_POLL_SECONDS": "1"]) { shop in
        try await shop.issueAlicesCode()
        for order in Self.orders(3) {
          await store.sandbox.put(order)
          let before = await store.sandbox.cards.count
          try await shop.eventually("not rewarded") {
            await store.sandbox.cards.count == before + 1
          }
        }
        try await shop.settle()
      }
    }
  }

  @Test func anOrderThatIsDeliveredAndPolledEarnsOneReward() async throws {
    try await StandingStore.open { store async throws in
      try await store.laurel { shop in
        try await shop.issueAlicesCode()
        let orders = Self.orders(2)
        for order in orders { await store.sandbox.put(order) }
        let poll = try await store.poll()
        #expect(try await shop.deliver(shop.body(.orderFullyPaid, orders[0])).status == 200)
        #expect(try await poll.run())
        try await shop.settle()
        #expect(try await shop.deliver(shop.body(.orderFullyPaid, orders[1])).status == 200)
        #expect(try await poll.run())
        try await shop.settle()
      }
      #expect(await store.sandbox.cards.count == 2)
      #expect(try await store.count("SELECT count(*) FROM inbox") == 4)
      #expect(try await store.count("SELECT count(*) FROM rewards") == 2)
    }
  }

  /// Changed at one instant, and at instants of their own.
  @Test(arguments: [0, 1] as [Double])
  func severalPagesAreReadWithoutGapsOrRepeats(spacing: Double) async throws {
    try await StandingStore.open { store async throws in
      for order in Self.orders(250, spacing: spacing) { await store.sandbox.put(order) }
      let poll = try await store.poll()
      #expect(try await poll.run())
      #expect(await store.sandbox.calls["orders"] == 3)
      #expect(try await store.count("SELECT count(DISTINCT order_id) AS count FROM inbox") == 250)
      #expect(try await store.count("SELECT count(*) FROM inbox_queue") == 250)
      // The same state again is nothing new; an order that changed is.
      let changed = try #require(await store.sandbox.pay(order: Self.id(of: 250, in: store)))
      #expect(try await poll.run())
      #expect(try await store.count("SELECT count(*) FROM inbox") == 251)
      #expect(
        try await store.count(
          "SELECT count(*) AS count FROM inbox WHERE order_id = \(changed.id)") == 2)
    }
  }

  @Test func aStoreThatIsIllMovesNothing() async throws {
    try await StandingStore.open { store async throws in
      try await store.wasConnected(hoursAgo: 48)
      let orders = Self.orders(250, spacing: 60)
      for order in orders { await store.sandbox.put(order) }
      let poll = try await store.poll()
      for fault: SandboxFault in [.httpStatus(503), .noAnswerBeforeSave, .permissionDenied] {
        await store.sandbox.inject([fault, fault], on: "orders")
        #expect(try await !poll.run())
        #expect(try await store.mark() == nil)
        #expect(
          try await store.count(
            "SELECT count(*) AS count FROM poll_marks WHERE last_error IS NOT NULL") == 1)
        await store.sandbox.behave()
      }
      // A fault on the second page: the first one stays.
      await store.sandbox.inject([.delay(.zero), .httpStatus(503)], on: "orders")
      #expect(try await !poll.run())
      #expect(try await store.count("SELECT count(*) FROM inbox") == 100)
      let border = try #require(StoreTime.date(orders[99].created)) - 600
      let mark = try #require(try await store.mark())
      #expect(abs(mark.timeIntervalSince(border)) < 0.001)
      #expect(try await poll.run())
      #expect(try await store.count("SELECT count(*) FROM inbox") == 250)
      #expect(
        try await store.count(
          "SELECT count(*) AS count FROM poll_marks WHERE last_error IS NULL AND lease_until IS NULL"
        ) == 1)
    }
  }

  @Test func aRunThatDiesInTheMiddleIsTakenUp() async throws {
    try await StandingStore.open { store async throws in
      try await store.wasConnected(hoursAgo: 48)
      for order in Self.orders(250, spacing: 60) { await store.sandbox.put(order) }
      await store.sandbox.inject([.delay(.zero), .delay(.seconds(5))], on: "orders")
      let dying = try await store.poll(lease: .seconds(2))
      let run = Task { try await dying.run() }
      while try await store.count("SELECT count(*) FROM inbox") < 100 {
        try await Task.sleep(for: .milliseconds(10))
      }
      run.cancel()
      await #expect(throws: CancellationError.self) { try await run.value }
      let next = try await store.poll()
      // The lease of the dead run holds; once it is out, the schedule does not matter.
      let claimed = try await next.run(ifNoneFor: .seconds(300))
      if !claimed {
        try await Task.sleep(for: .seconds(2))
        #expect(try await next.run(ifNoneFor: .seconds(300)))
      }
      #expect(try await store.count("SELECT count(*) FROM inbox") == 250)
    }
  }

  @Test func onlyOneProcessPollsAtATime() async throws {
    try await StandingStore.open { store async throws in
      for order in Self.orders(30) { await store.sandbox.put(order) }
      await store.sandbox.inject([.delay(.seconds(1))], on: "orders")
      let polls = [try await store.poll(), try await store.poll(), try await store.poll()]
      let outcomes = try await withThrowingTaskGroup { group in
        for poll in polls { group.addTask { try await poll.run() } }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      #expect(outcomes.count { $0 } == 1)
      #expect(await store.sandbox.calls["orders"] == 1)
      // Within the interval nobody polls, after it anybody.
      #expect(try await !polls[0].run(ifNoneFor: .seconds(300)))
      try await store.pool.execute(
        "UPDATE poll_marks SET last_run_at = now() - interval '301 seconds'")
      #expect(try await polls[1].run(ifNoneFor: .seconds(300)))
    }
  }

  @Test func processesThatPollTogetherDoNoHarm() async throws {
    try await StandingStore.open { store async throws in
      try await store.laurel { shop in
        try await shop.issueAlicesCode()
        for order in Self.orders(150) { await store.sandbox.put(order) }
        try await withThrowingTaskGroup { group in
          for _ in 0..<6 {
            // A lease that is out at once keeps nobody away.
            let poll = try await store.poll(lease: .zero)
            group.addTask { for _ in 0..<3 { _ = try await poll.run() } }
          }
          try await group.waitForAll()
        }
        _ = try await store.poll().run()
        #expect(try await store.count("SELECT count(*) FROM inbox") == 150)
        try await shop.eventually("not rewarded", within: .seconds(60)) {
          await store.sandbox.cards.count == 150
        }
        try await shop.settle()
        #expect(await store.sandbox.cards.count == 150)
      }
    }
  }

  @Test func whatBecomesVisibleLateIsFound() async throws {
    try await StandingStore.open { store async throws in
      try await store.wasConnected(hoursAgo: 48)
      for order in Self.orders(3, spacing: 1200) { await store.sandbox.put(order) }
      let poll = try await store.poll()
      #expect(try await poll.run())
      await store.sandbox.put(
        .paid(number: 9, total: 20, email: "late@example.com", created: Date() - 500))
      #expect(try await poll.run())
      #expect(try await store.count("SELECT count(*) FROM inbox") == 4)
    }
  }

  @Test func theFirstRunLooksBackNoFurtherThanTheInstallation() async throws {
    try await StandingStore.open { store async throws in
      // Changed 26, 13 and 0 hours ago.
      for order in Self.orders(3, spacing: 13 * 3600) { await store.sandbox.put(order) }
      #expect(try await store.poll().run())
      #expect(try await store.count("SELECT count(*) FROM inbox") == 1)
      try await store.pool.execute("DELETE FROM poll_marks")
      try await store.wasConnected(hoursAgo: 48)
      #expect(try await store.poll().run())
      #expect(try await store.count("SELECT count(*) FROM inbox") == 2)
    }
  }

  @Test func theOrdersOfAQuietStoreAreNotReadForEver() async throws {
    try await StandingStore.open { store async throws in
      try await store.wasConnected(hoursAgo: 48)
      let now = Date()
      for order in Self.orders(5, now: now - 7200) { await store.sandbox.put(order) }
      #expect(try await store.poll().run())
      #expect(try await store.count("SELECT count(*) FROM inbox") == 5)
      let mark = try #require(try await store.mark())
      #expect(mark > now - 7200 && mark < now - 3600)
      // The mark never goes back.
      #expect(try await store.poll().run())
      #expect(try #require(try await store.mark()) >= mark)
    }
  }

  @Test func anOrderThatIsTooLargeDoesNotHideTheOthers() async throws {
    try await StandingStore.open { store async throws in
      var orders = Self.orders(120, spacing: 1)
      orders[60].metadata["filler"] = String(repeating: "x", count: 5 << 20)
      for order in orders { await store.sandbox.put(order) }
      #expect(try await store.poll().run())
      #expect(try await store.count("SELECT count(*) FROM inbox") == 119)
      #expect(
        try await store.count(
          "SELECT count(*) AS count FROM inbox WHERE order_id = \(orders[60].id)") == 0)
    }
  }

  @Test func aDeliveryThatCallsItselfPolledGainsNothing() async throws {
    try await StandingStore.open { store async throws in
      try await store.laurel { shop in
        try await shop.issueAlicesCode()
        let unpaid = SandboxOrder.unpaid(
          number: 7, total: 20, email: "dave@example.com", metadata: ["ref_code": "ALICE10"])
        await store.sandbox.put(unpaid)
        let claim =
          #"{"__typename":"OrderPolled","order":{"id":"\#(unpaid.id)","isPaid":true,"metadata":["#
          + #"{"key":"ref_code","value":"ALICE10"}]}}"#
        #expect(
          try await shop.deliver(Array(claim.utf8), signature: String(repeating: "0", count: 64))
            .status == 401)
        #expect(try await shop.deliver(Array(claim.utf8)).json["status"] == "accepted")
        try await shop.eventually("not read back") { await store.sandbox.calls["order"] ?? 0 > 0 }
        #expect(await store.sandbox.cards.isEmpty)
        await store.sandbox.remove(order: unpaid.id)
        try await store.pool.execute("DELETE FROM referrals")

        // The very bytes of the poll, delivered before it: they do not keep the order out.
        let order = try #require(Self.orders(1).first)
        await store.sandbox.put(order)
        let polled = Self.polledBody(order)
        #expect(try await shop.deliver(polled).json["status"] == "accepted")
        #expect(try await store.poll().run())
        try await shop.settle()
        #expect(try await store.count("SELECT count(*) FROM inbox") == 2)
        #expect(await store.sandbox.cards.count == 1)
      }
    }
  }

  @Test func withoutAnIntervalNothingIsPolled() async throws {
    try await StandingStore.open { store async throws in
      for order in Self.orders(1) { await store.sandbox.put(order) }
      try await store.laurel(["LAUREL_POLL_SECONDS": "0"]) { shop in
        try await shop.issueAlicesCode()
        try await Task.sleep(for: .milliseconds(500))
      }
      #expect(await store.sandbox.calls["orders"] == nil)
      #expect(try await store.count("SELECT count(*) FROM poll_marks") == 0)
    }
  }

  /// The body that the poll makes of an order.
  private static func polledBody(_ order: SandboxOrder) -> [UInt8] {
    let body =
      #"{"__typename":"OrderPolled","order":{"created":"\#(order.created)","id":"\#(order.id)","#
      + #""isPaid":true,"metadata":[{"key":"ref_code","value":"ALICE10"}],"#
      + #""status":"UNFULFILLED","updatedAt":"\#(order.changed)","#
      + #""userEmail":"\#(order.userEmail)"}}"#
    return Array(body.utf8)
  }

  /// The id of the order with a number.
  private static func id(of number: Int, in store: StandingStore) async throws -> String {
    try #require(await store.sandbox.orders.values.first { $0.number == String(number) }).id
  }
}
