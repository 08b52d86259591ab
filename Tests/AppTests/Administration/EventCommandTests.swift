import Domain
import FoundationEssentials
import Ledger
import Postgres
import ProcessTesting
import Sandbox
import Signing
import Testing

@Suite(.timeLimit(.minutes(3))) struct EventCommandTests {
  /// A delivery as `--json` shows it.
  struct Event: Decodable {
    struct Referral: Decodable { let state: String }
    struct Reward: Decodable { let status: String }
    let id: String
    let event: String
    let outcome: String
    let orderId: String?
    let canBeReplayed: Bool
    let referral: Referral?
    let rewards: [Reward]?
  }

  @Test func whatCameIsListedAndShown() async throws {
    try await TestShop.withCommands { shop, laurel in
      try await shop.issueAlicesCode()
      let orders = try await shop.payOrders(1...2)
      _ = try await shop.deliver(Array(#"{"__typename": "ProductCreated"}"#.utf8))
      try await shop.settle()
      let events = try await laurel.json("events", as: [Event].self)
      #expect(events.count == 3)
      #expect(events.first?.event == "ProductCreated" && events.first?.outcome == "ignored")
      #expect(events.first?.canBeReplayed == false)
      for filter in [
        ["--outcome", "linked", "--limit", "1"], ["--event", "ProductCreated"],
        ["--order", orders[0].id],
      ] {
        let ended = try await TestProcess.with(
          ["events", "list"] + filter,
          environment: ["DATABASE_URL": laurel.database.connectionString])
        #expect(ended.status == 0)
        #expect(ended.output.split(separator: "\n").count == 2, "\(filter): \(ended.output)")
      }
      let key = try #require(events.first { $0.orderId == orders[0].id }?.id)
      for prefix in [key, String(key.prefix(9)), key.prefix(8).uppercased()] {
        let event = try await laurel.json("events", "show", prefix, as: Event.self)
        #expect(event.id == key && event.outcome == "linked")
        #expect(event.referral?.state == "rewarded")
        #expect(event.rewards?.map(\.status) == ["issued"])
      }
      let shown = try await laurel("events", "show", key)
      #expect(shown.output.contains("can be replayed  yes"), "\(shown.output)")
      let unknown = try await laurel("events", "show", "00000000")
      #expect(unknown.status == 1)
      // Another key with the same beginning.
      try await shop.pool.execute(
        """
        INSERT INTO inbox (store_id, event_id, event, outcome)
        SELECT store_id, substr(event_id, 1, 31) || '\\x00'::bytea, event, outcome FROM inbox
        WHERE order_id = \(orders[0].id)
        """)
      let ambiguous = try await laurel("events", "show", String(key.prefix(12)))
      #expect(ambiguous.status == 1)
      #expect(ambiguous.output.contains("several keys begin"), "\(ambiguous.output)")
    }
  }

  @Test func replayingEverythingPaysNothingTwice() async throws {
    try await TestShop.withCommands { shop, laurel in
      try await shop.issueAlicesCode()
      let orders = try await shop.payOrders(1...5)
      _ = try await BindingTests.register(
        shop, id: "VXNlcjoy", email: "bob@example.com", code: "ALICE10")
      _ = try await shop.deliver(shop.body(.orderPaid, orders[0]))
      try await shop.settle()
      let before = try await Self.state(shop)
      for outcome in ["linked", "bound"] {
        let ended = try await laurel("events", "replay", "--outcome", outcome)
        #expect(ended.status == 0)
        #expect(ended.output == (outcome == "linked" ? "queued 6\n" : "queued 1\n"))
      }
      try await shop.settle()
      let id = try await Self.keys(shop, "OrderPaid")[0]
      let one = try await laurel("events", "replay", id)
      #expect(one.output == "\(id): queued again\n")
      try await shop.settle()
      #expect(try await Self.state(shop) == before)
      #expect(await shop.sandbox.cards.count == 5)
      #expect(await shop.sandbox.calls["giftCardCreate"] == 5)
    }
  }

  @Test func whatCouldNotBeReadIsReadAfterAReplay() async throws {
    try await TestShop.withCommands { shop, laurel in
      try await shop.issueAlicesCode()
      let order = DecisionTests.paid(1, email: "friend@example.com")
      await shop.sandbox.put(order)
      let body = shop.body(.orderFullyPaid, order)
      let key = try SHA256.hash(body)
      try await shop.pool.execute(
        """
        INSERT INTO inbox (store_id, event_id, event, order_id, outcome)
        VALUES (\(shop.store.value), \(key), 'OrderFullyPaid', \(order.id), 'malformed'),
          (\(shop.store.value), sha256('gone'), 'OrderFullyPaid', 'gone', 'malformed')
        """)
      try await shop.pool.execute(
        """
        INSERT INTO inbox_bodies (store_id, event_id, body)
        VALUES (\(shop.store.value), \(key), \(body))
        """)
      let ended = try await laurel("events", "replay", "--outcome", "malformed")
      #expect(ended.status == 0)
      #expect(ended.output == "queued 1; 1 have no body any more\n")
      try await shop.waitForRewards(1, .issued)
      let gone = try #require(
        try await Self.keys(shop, "OrderFullyPaid").first { $0 != Hex.encode(key) })
      let refused = try await laurel("events", "replay", gone, Hex.encode(key))
      #expect(refused.status == 1)
      #expect(refused.output.contains("\(gone): its body is not kept"))
      #expect(refused.output.contains("\(Hex.encode(key)): queued again"))
    }
  }

  @Test func aDeliveryIsQueuedOnceWhateverTwoAdminsDo() async throws {
    try await TestDatabase.with { database in
      try await database.withPool { pool in
        // Without a service: what is queued stays.
        let store = try await StoreRepository(pool).connect(
          try #require(.init("https://shop.example.com/graphql/")))
        let key = try SHA256.hash(Array("body".utf8))
        _ = try await InboxRepository(pool).insert([
          .init(
            store: store, eventID: key, event: "OrderPaid", orderID: "1", isUsed: true,
            body: Array("body".utf8))
        ])
        let replay = { @Sendable () async throws -> EventArchive.Replay in
          try await pool.transaction { session in
            try await EventArchive(session).replay(store: store, key)
          }
        }
        #expect(try await replay() == .waiting)
        try await pool.execute("DELETE FROM inbox_queue")
        let outcomes = try await withThrowingTaskGroup { group in
          for _ in 1...4 { group.addTask { try await replay() } }
          return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(outcomes.count { $0 == .queued } == 1)
        #expect(outcomes.count { $0 == .waiting } == 3)
        try await pool.execute("DELETE FROM inbox_bodies")
        #expect(try await replay() == .withoutBody)
      }
    }
  }

  private static func keys(_ shop: TestShop, _ event: String) async throws -> [String] {
    try await shop.pool.rows("SELECT event_id FROM inbox WHERE event = \(event)") { row in
      Hex.encode(try row.decode("event_id", as: [UInt8].self))
    }
  }

  /// Everything that was decided and paid.
  private static func state(_ shop: TestShop) async throws -> [String] {
    try await shop.pool.rows(
      """
      SELECT referrals.id::text || state || rewards.id || rewards.status || rewards.gift_card_id
        AS state
      FROM referrals JOIN rewards ON rewards.referral_id = referrals.id ORDER BY 1
      """
    ) { row in try row.decode("state", as: String.self) }
  }
}
