import FoundationEssentials
import Ledger
import Postgres
import SaleorAPI
import Sandbox
import Testing
import Work

/// Runs of the poll that are long, fail, die or meet each other.
@Suite struct PollRunTests {
  /// Changed at one instant, and at instants of their own.
  @Test(arguments: [0, 1] as [Double])
  func severalPagesAreReadWithoutGapsOrRepeats(spacing: Double) async throws {
    try await StandingStore.open { store async throws in
      for order in PollTests.orders(250, spacing: spacing) { await store.sandbox.put(order) }
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
      let orders = PollTests.orders(250, spacing: 60)
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
      for order in PollTests.orders(250, spacing: 60) { await store.sandbox.put(order) }
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
      for order in PollTests.orders(30) { await store.sandbox.put(order) }
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
        for order in PollTests.orders(150) { await store.sandbox.put(order) }
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

  /// The id of the order with a number.
  private static func id(of number: Int, in store: StandingStore) async throws -> String {
    try #require(await store.sandbox.orders.values.first { $0.number == String(number) }).id
  }
}
