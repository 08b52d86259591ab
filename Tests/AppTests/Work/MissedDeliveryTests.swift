import Domain
import FoundationEssentials
import Ledger
import Logging
import NIOConcurrencyHelpers
import Postgres
import SaleorAPI
import Sandbox
import Signing
import Testing
import Work

/// What the store could not deliver and keeps.
@Suite struct MissedDeliveryTests {
  /// A reading of its own, as another process has one.
  private static func missed(
    _ store: StandingStore, lease: Duration = .seconds(60)
  ) async throws -> MissedDeliveries {
    MissedDeliveries(
      pool: store.pool, store: try await store.connected(), gate: RunGate(),
      interval: .seconds(300), lease: lease,
      log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    ) {}
  }

  /// The body of the event of a newcomer who names Alice's code.
  private static func body(_ number: Int) -> String {
    let id = Data("User:\(number)".utf8).base64EncodedString()
    return """
      {"__typename": "CustomerCreated", "issuedAt": "2026-11-21T08:00:00.\(number)+00:00", \
      "user": {"id": "\(id)", "email": "new\(number)@example.com", \
      "metadata": [{"key": "ref_code", "value": "ALICE10"}]}}
      """
  }

  /// Tells the store's webhook of a newcomer while nobody answers, and lets the store give up.
  private static func register(
    _ customer: SandboxCustomer, at store: StandingStore
  ) async throws -> SandboxDeliveryRecord {
    let app = await store.sandbox.app
    var settings = SandboxWebhooks.Settings(
      targetURL: "http://127.0.0.1:9/webhooks/saleor", domain: "127.0.0.1:8800",
      apiURL: "http://127.0.0.1:8800/graphql/")
    settings.timeScale = 0
    let webhooks = SandboxWebhooks(
      app: app, settings: settings, sign: { try TestShop.signature(of: $0) },
      deliver: { _ in 503 })
    let record = try await webhooks.send(.customerCreated, customer: customer)
    #expect(record.outcome == .failed)
    await store.sandbox.keep(record)
    return record
  }

  @Test func aNewcomerOfWhomNothingArrivedIsBound() async throws {
    try await StandingStore.open { store async throws in
      try await store.laurel { shop in try await shop.issueAlicesCode() }
      let record = try await Self.register(
        SandboxCustomer(
          number: 7, email: "bob@example.com", metadata: ["ref_code": "ALICE10"]), at: store)
      try await store.laurel(["LAUREL_POLL_SECONDS": "300"]) { shop in
        try await shop.eventually("not bound") {
          try await shop.count("SELECT count(*) AS count FROM bindings") == 1
        }
        // The store sends the very bytes again: they have come already.
        #expect(
          try await shop.deliver(record.delivery.body, path: "/webhooks/saleor").json["status"]
            == "duplicate")
        let standings = try await DecisionTests.standings(
          shop, [DecisionTests.paid(1, email: "bob@example.com", code: nil)])
        #expect(standings.first??.state == "rewarded")
        #expect(try await shop.count("SELECT count(*) AS count FROM bindings") == 1)
      }
    }
  }

  @Test func whatArrivedAtLastIsNotTakenTwice() async throws {
    try await StandingStore.open { store async throws in
      let record = try await Self.register(
        SandboxCustomer(
          number: 7, email: "bob@example.com", metadata: ["ref_code": "ALICE10"]), at: store)
      try await store.laurel { shop in
        try await shop.issueAlicesCode()
        #expect(try await shop.deliver(record.delivery.body).json["status"] == "accepted")
        try await shop.settle()
      }
      #expect(try await Self.missed(store).run())
      #expect(try await store.count("SELECT count(*) AS count FROM inbox") == 1)
      #expect(try await store.count("SELECT count(*) AS count FROM inbox_queue") == 0)
    }
  }

  @Test func refusalIsSaidOnceAndNothingElseMinds() async throws {
    try await StandingStore.open { store async throws in
      await store.sandbox.inject(Array(repeating: .permissionDenied, count: 100), on: "app")
      try await store.laurel(["LAUREL_POLL_SECONDS": "1"]) { shop in
        try await shop.issueAlicesCode()
        let order = DecisionTests.paid(1, email: "friend@example.com")
        await store.sandbox.put(order)
        try await shop.eventually("not rewarded") { await store.sandbox.cards.count == 1 }
        let polls = await store.sandbox.calls["orders"] ?? 0
        try await shop.eventually("not polled again") {
          await store.sandbox.calls["orders"] ?? 0 > polls + 1
        }
        let lines = shop.logLines.withLockedValue { $0 }
          .filter { $0.contains("failed deliveries not read") }
        #expect(lines.count == 1 && lines.first?.contains("permission_denied") == true)
        try await shop.settle()
      }
      // It is tried again, silently; once it is allowed, what was missed is fetched.
      let missed = try await Self.missed(store)
      let calls = await store.sandbox.calls["app"]
      #expect(try await !missed.run(ifNoneFor: .zero, norRefusedFor: .seconds(6 * 3600)))
      #expect(await store.sandbox.calls["app"] == calls)
      await store.sandbox.behave()
      await store.sandbox.keepFailed(
        event: .customerCreated, payload: Self.body(1), createdAt: Date())
      try await store.pool.execute(
        "UPDATE missed_delivery_marks SET last_run_at = now() - interval '6 hours'")
      #expect(try await missed.run(ifNoneFor: .zero, norRefusedFor: .seconds(6 * 3600)))
      #expect(
        try await store.count(
          "SELECT count(*) AS count FROM inbox WHERE event = 'CustomerCreated'") == 1)
    }
  }

  @Test func whatCannotBeUsedIsPassedOver() async throws {
    try await StandingStore.open { store async throws in
      try await store.wasConnected(hoursAgo: 48)
      let now = Date()
      let legacy =
        #"[{"type": "User", "id": "VXNlcjo5", "email": "bob@example.com", "#
        + #""metadata": {"ref_code": "ALICE10"}}]"#
      let failed: [(SandboxEvent, String?, Double)] = [
        // Before the store was connected.
        (.customerCreated, Self.body(1), -49 * 3600),
        // Kept no longer.
        (.customerCreated, nil, -47 * 3600),
        (.customerCreated, "no JSON", -3),
        (.customerCreated, #"{"__typename": "CustomerCreated", "user": null}"#, -3),
        (.customerUpdated, #"{"__typename": "CustomerUpdated", "user": {"id": "x"}}"#, -3),
        (.customerCreated, legacy, -2), (.customerCreated, Self.body(2), -1),
      ]
      for (event, payload, age) in failed {
        await store.sandbox.keepFailed(event: event, payload: payload, createdAt: now + age)
      }
      #expect(try await Self.missed(store).run())
      #expect(try await store.count("SELECT count(*) AS count FROM inbox") == 2)
      #expect(
        try await store.count("SELECT count(*) AS count FROM inbox_queue") == 2)
      // What was made long ago can fail no more and is not read again, the rest is, to no effect.
      await store.sandbox.keepFailed(
        event: .customerCreated, payload: Self.body(3), createdAt: now - 4)
      #expect(try await Self.missed(store).run())
      #expect(try await store.count("SELECT count(*) AS count FROM inbox") == 3)
    }
  }

  @Test func manyPagesAreReadThoughTheStoreFailsMidway() async throws {
    try await StandingStore.open { store async throws in
      try await store.wasConnected(hoursAgo: 48)
      let now = Date()
      for number in 0..<110 {
        await store.sandbox.keepFailed(
          event: .customerCreated, payload: Self.body(number),
          createdAt: now - 7200 + Double(number))
      }
      let missed = try await Self.missed(store)
      await store.sandbox.inject(
        [.delay(.zero), .delay(.zero), .httpStatus(503)], on: "webhook")
      #expect(try await !missed.run())
      #expect(try await store.count("SELECT count(*) AS count FROM inbox") == 40)
      #expect(
        try await store.count(
          "SELECT count(*) AS count FROM missed_delivery_marks WHERE last_error IS NOT NULL") == 1)
      #expect(try await missed.run())
      #expect(try await store.count("SELECT count(*) AS count FROM inbox") == 110)
      // Two pages, the failure, and the four that were left.
      #expect(await store.sandbox.calls["webhook"] == 7)
      #expect(try await missed.run())
      #expect(await store.sandbox.calls["webhook"] == 8)
      // A cursor that the store no longer takes.
      try await store.pool.execute("UPDATE missed_delivery_cursors SET cursor = 'of old'")
      #expect(try await !missed.run())
      #expect(try await missed.run())
      #expect(await store.sandbox.calls["webhook"] == 15)
      #expect(try await store.count("SELECT count(*) AS count FROM inbox") == 110)
    }
  }

  @Test func aPayloadThatIsTooLargeDoesNotHideTheOthers() async throws {
    try await StandingStore.open { store async throws in
      try await store.wasConnected(hoursAgo: 48)
      let now = Date()
      for number in 0..<5 {
        let filler = number == 3 ? String(repeating: " ", count: 5 << 20) : ""
        await store.sandbox.keepFailed(
          event: .customerCreated, payload: Self.body(number) + filler,
          createdAt: now - 100 + Double(number))
      }
      #expect(try await Self.missed(store).run())
      #expect(try await store.count("SELECT count(*) AS count FROM inbox") == 4)
    }
  }

  @Test func onlyOneProcessReadsAtATime() async throws {
    try await StandingStore.open { store async throws in
      await store.sandbox.inject([.delay(.seconds(1))], on: "app")
      await store.sandbox.keepFailed(
        event: .customerCreated, payload: Self.body(1), createdAt: Date())
      let several = try await [Self.missed(store), Self.missed(store), Self.missed(store)]
      let outcomes = try await withThrowingTaskGroup { group in
        for missed in several { group.addTask { try await missed.run() } }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      #expect(outcomes.count { $0 } == 1)
      #expect(await store.sandbox.calls["app"] == 1)
      #expect(try await !several[0].run(ifNoneFor: .seconds(300)))
      try await store.pool.execute(
        "UPDATE missed_delivery_marks SET last_run_at = now() - interval '301 seconds'")
      #expect(try await several[1].run(ifNoneFor: .seconds(300)))
    }
  }
}
