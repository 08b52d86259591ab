import Domain
import FoundationEssentials
import Postgres
import SaleorAPI
import Sandbox
import Testing
import Work

/// What the poll finds, and what follows from it.
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
        try await store.pool.execute("DELETE FROM traces")
        try await store.pool.execute("DELETE FROM decisions")
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
}
