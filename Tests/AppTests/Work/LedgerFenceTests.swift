import Domain
import FoundationEssentials
import Ledger
import NIOConcurrencyHelpers
import Postgres
import Sandbox
import Testing
import Work

@Suite struct LedgerFenceTests {
  /// The position is raised every second.
  private static let quick = ["LAUREL_LEASE_SECONDS": "1", "LAUREL_POLL_SECONDS": "0"]

  private static func orders(_ numbers: ClosedRange<Int>, code: String = "ALICE10")
    -> [SandboxOrder]
  {
    numbers.map { number in
      .paid(
        number: number, total: 20, email: "friend\(number)@example.com",
        metadata: ["ref_code": code])
    }
  }

  /// The marks at the store.
  private static func marks(_ sandbox: SandboxStore) async throws -> LedgerMarks? {
    try await sandbox.app.privateMetadata["laurel.ledger"].map {
      try JSONDecoder().decode(LedgerMarks.self, from: Data($0.utf8))
    }
  }

  private static func change(
    marksOf sandbox: SandboxStore, _ change: (inout LedgerMarks) -> Void
  ) async throws {
    var marks = try #require(try await marks(sandbox))
    change(&marks)
    let text = String(decoding: try JSONEncoder().encode(marks), as: UTF8.self)
    await sandbox.change { $0.privateMetadata["laurel.ledger"] = text }
  }

  /// Places and delivers an order, and says whether nothing is issued for it.
  private static func isStopped(_ shop: TestShop, _ order: SandboxOrder) async throws -> Bool {
    let before = await shop.sandbox.cards.count
    await shop.sandbox.put(order)
    // Webhooks are taken in all the same.
    #expect(try await shop.deliver(shop.body(.orderFullyPaid, order)).status == 200)
    try await shop.eventually("the order is not followed") {
      try await shop.count("SELECT count(*) AS count FROM inbox_queue") == 0
    }
    try await Task.sleep(for: .milliseconds(500))
    let decided = try await ReferralRepository(shop.pool)
      .find(store: shop.store, orderID: order.id)?.state
    return await shop.sandbox.cards.count == before && decided == "tracked"
  }

  private static func reason(_ shop: TestShop) async throws -> String? {
    try await LedgerMarkRepository(shop.pool).find(store: shop.store)?.stoppedReason
  }

  @Test func theLedgerLeavesItsMarks() async throws {
    try await StandingStore.open { store async throws in
      try await store.laurel(Self.quick) { shop async throws in
        try await shop.issueAlicesCode()
        try await shop.payOrders(1...2)
        try await shop.settle()
      }
      let first = try #require(try await Self.marks(store.sandbox))
      #expect(first.generation == 1 && first.position > 0)
      #expect(UUID(uuidString: first.installation) != nil)
      try await store.laurel(Self.quick) { shop async throws in
        try await shop.payOrders(3...4)
        try await shop.settle()
      }
      let second = try #require(try await Self.marks(store.sandbox))
      #expect(second.generation == 1 && second.position > first.position)
      #expect(second.installation == first.installation)
      #expect(await store.sandbox.cards.count == 4)
    }
  }

  @Test(arguments: [
    ("app", SandboxFault.permissionDenied), ("updatePrivateMetadata", .permissionDenied),
  ])
  func anAppWithoutMarksIsServedAllTheSame(field: String, fault: SandboxFault) async throws {
    try await StandingStore.open { store async throws in
      await store.sandbox.inject([SandboxFault](repeating: fault, count: 1000), on: field)
      try await store.laurel { shop async throws in
        try await shop.issueAlicesCode()
        try await shop.payOrders(1...1)
        try await shop.settle()
        #expect(
          shop.logLines.withLockedValue { $0 }
            .contains { $0.contains("keeps no private metadata of the App") })
      }
      #expect(await store.sandbox.cards.count == 1)
    }
  }

  @Test func aSecondDeploymentStopsUntilItTakesOver() async throws {
    try await StandingStore.open { store async throws in
      try await store.laurel { shop async throws in try await shop.issueAlicesCode() }
      try await Self.change(marksOf: store.sandbox) { $0.installation = UUID().uuidString }
      let order = Self.orders(1...1)[0]
      try await store.laurel { shop async throws in
        #expect(try await Self.isStopped(shop, order))
        #expect(try await Self.reason(shop)?.contains("another Laurel") == true)
        #expect(
          try await LedgerMarkRepository(shop.pool).takeOver(store: shop.store))
      }
      try await store.laurel(Self.quick) { shop async throws in
        try await shop.settle()
        #expect(try await Self.reason(shop) == nil)
      }
      #expect(await store.sandbox.cards.count == 1)
    }
  }

  @Test func aLostKeyStopsIt() async throws {
    let other = Data(repeating: 9, count: 32).base64EncodedString()
    let first = Data(repeating: 7, count: 32).base64EncodedString()
    try await StandingStore.open { store async throws in
      try await store.laurel { shop async throws in
        try await shop.issueAlicesCode()
        try await shop.eventually("no marks") { try await Self.marks(store.sandbox) != nil }
      }
      try await store.laurel(["LAUREL_CODE_KEY": other]) { shop async throws in
        #expect(try await Self.isStopped(shop, Self.orders(1...1)[0]))
        #expect(try await Self.reason(shop)?.contains("LAUREL_CODE_KEY") == true)
      }
      let before = try await Self.marks(store.sandbox)
      try await store.laurel(["LAUREL_CODE_KEY": "\(other),\(first)"]) { shop async throws in
        try await shop.settle()
      }
      #expect(await store.sandbox.cards.count == 1)
      let after = try await Self.marks(store.sandbox)
      #expect(before?.key != after?.key && after?.generation == 1)
    }
  }

  @Test func aCopyOfTheLedgerElsewhereStopsItForGood() async throws {
    try await StandingStore.open { store async throws in
      try await store.laurel(Self.quick) { shop async throws in
        try await shop.issueAlicesCode()
        try await shop.payOrders(1...1)
        try await shop.settle()
        try await Self.change(marksOf: store.sandbox) { $0.generation += 1 }
        // Within a second of work the marks are compared.
        try await Task.sleep(for: .seconds(1))
        try await shop.payOrders(2...2)
        try await shop.eventually("it is not stopped") {
          try await Self.reason(shop)?.contains("copy") == true
        }
        #expect(try await Self.isStopped(shop, Self.orders(3...3)[0]))
      }
      try await store.laurel(Self.quick) { shop async throws in
        #expect(try await Self.isStopped(shop, Self.orders(4...4)[0]))
        #expect(try await LedgerMarkRepository(shop.pool).takeOver(store: shop.store))
      }
      try await store.laurel(Self.quick) { shop async throws in try await shop.settle() }
      #expect(await store.sandbox.cards.count == 4)
    }
  }

  @Test(arguments: [false, true]) func aLedgerThatWasPutBackFindsOutWhatItLacks(
    whileItRuns: Bool
  ) async throws {
    let orders = Self.orders(1...3)
    /// What is lost when the ledger is put back to the time before the orders.
    @Sendable func putBack(_ pool: Pool) async throws {
      for table in [
        "letters", "rewards", "decisions", "traces", "referrals", "inbox", "inbox_bodies",
        "poll_marks",
      ] {
        try await pool.execute(Query(text: "DELETE FROM \(table)"))
      }
      try await pool.execute("UPDATE ledger_marks SET position = 0")
    }
    try await StandingStore.open { store async throws in
      try await store.laurel(Self.quick) { shop async throws in
        try await shop.issueAlicesCode()
        for order in orders {
          await store.sandbox.put(order)
          _ = try await shop.deliver(shop.body(.orderFullyPaid, order))
        }
        try await shop.settle()
        try await shop.eventually("not raised") {
          try await Self.marks(store.sandbox)?.position ?? 0 > 0
        }
        if whileItRuns {
          await store.sandbox.cancel(order: orders[2].id)
          try await putBack(store.pool)
          try await shop.eventually("not noticed") {
            try await store.count(
              """
              SELECT count(*) AS count FROM ledger_marks
              WHERE generation > 1 AND restoring_since IS NULL
              """) == 1
          }
          try await shop.settle()
        }
      }
      if !whileItRuns {
        await store.sandbox.cancel(order: orders[2].id)
        try await putBack(store.pool)
        try await store.laurel(Self.quick) { shop async throws in
          try await shop.eventually("not noticed") {
            try await store.count(
              """
              SELECT count(*) AS count FROM ledger_marks
              WHERE generation > 1 AND restoring_since IS NULL
              """) == 1
          }
          try await shop.settle()
        }
      }
      let cards = await store.sandbox.cards
      #expect(cards.count == 3)
      #expect(cards.count { $0.isActive } == 2)
      #expect(try await Self.marks(store.sandbox)?.generation == 2)
      #expect(
        try await store.count(
          "SELECT count(*) AS count FROM rewards WHERE status = 'issued'") == 2)
      #expect(
        try await store.count(
          "SELECT count(*) AS count FROM rewards WHERE status = 'revoked'") == 1)
      // No epoch of the life that is lost is handed out again.
      #expect(
        try await store.count(
          """
          SELECT (SELECT count(*) FROM rewards WHERE epoch < ledger_epoch())
            + (SELECT count(*) FROM referrals WHERE epoch < ledger_epoch()) AS count
          """) == 0)
      #expect(try await store.count("SELECT ledger_epoch() AS count") == 1 << 32)
    }
  }

  @Test func aPendingRewardOfAnOlderLedgerCountsAsTold() async throws {
    try await StandingStore.open { store async throws in
      try await store.laurel(Self.quick.merging(["LAUREL_ROLLOUT": "manual"]) { $1 }) {
        shop async throws in
        try await shop.issueAlicesCode()
        try await shop.payOrders(1...1)
        try await shop.waitForRewards(1, .pending)
        try await Self.change(marksOf: store.sandbox) { $0.position += 10 }
      }
      try await store.laurel(Self.quick.merging(["LAUREL_ROLLOUT": "manual"]) { $1 }) {
        shop async throws in
        try await shop.eventually("not begun") {
          try await store.count(
            "SELECT count(*) AS count FROM rewards WHERE first_attempt_at IS NOT NULL") == 1
        }
      }
    }
  }

  @Test func aRunOfALifeThatIsLostDoesNotMoveThePollsMark() async throws {
    try await StandingStore.open { store async throws in
      let polls = PollRepository(store.pool)
      let poll = try await store.poll()
      #expect(try await poll.run())
      let id = StoreID(try await store.count("SELECT id::bigint AS count FROM stores"))
      let turn = try #require(
        try await polls.claim(
          store: id, interval: .zero, retry: .zero, lease: .seconds(60)))
      let before = try #require(turn.mark)
      let next = try #require(
        try await polls.advance(store: id, turn, to: before + 10, lease: .seconds(60)))
      #expect(next.mark == before + 10)
      // The ledger is put back to the moment before: the mark, not the epoch, tells.
      try await store.pool.execute("UPDATE poll_marks SET mark = \(before)")
      #expect(
        try await polls.advance(store: id, next, to: before + 20, lease: .seconds(60)) == nil)
      #expect(try await store.mark() == before)
      try await LedgerMarkRepository(store.pool).renewPoll(store: id)
      #expect(
        try await polls.advance(store: id, turn, to: before + 20, lease: .seconds(60)) != nil)
    }
  }
}
