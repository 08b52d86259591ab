import Domain
import Ledger
import Postgres
import Testing

/// Lists of deliveries, at the size of a shop that has had many.
@Suite struct EventListTests {
  /// An inbox with a delivery a minute for a hundred thousand minutes, the last three of which wait.
  private static func withInbox(
    _ body: (EventArchive, StoreID, Pool) async throws -> Void
  ) async throws {
    try await TestDatabase.with { database in
      // One connection: each tells of what it has read by itself.
      let pool = try Pool(
        PostgresConfiguration(connectionString: database.connectionString, poolSize: 1))
      do {
        try await pool.execute("INSERT INTO stores (address) VALUES ('a')")
        try await pool.execute(
          """
          INSERT INTO inbox (store_id, event_id, event, order_id, received_at, outcome)
          SELECT 1, sha256(int8send(number)), CASE WHEN number % 2 = 0 THEN 'A' ELSE 'B' END,
            'order-' || number, now() - (100000 - number) * interval '1 minute',
            CASE WHEN number <= 99997 THEN 'no_code' END
          FROM generate_series(1, 100000) AS number
          """)
        try await pool.execute(
          """
          INSERT INTO inbox_queue (store_id, event_id, event)
          SELECT store_id, event_id, event FROM inbox WHERE outcome IS NULL
          """)
        try await pool.execute("ANALYZE inbox, inbox_queue")
        try await body(EventArchive(pool), StoreID(1), pool)
      } catch {
        await pool.close()
        throw error
      }
      await pool.close()
    }
  }

  /// How many rows of the inbox PostgreSQL has read so far, by itself or by an index.
  private static func reads(_ pool: Pool) async throws -> Int {
    try await pool.execute("SELECT pg_stat_force_next_flush()")
    return try await pool.first(
      """
      SELECT seq_tup_read + coalesce(idx_tup_fetch, 0) AS count FROM pg_stat_user_tables
      WHERE relname = 'inbox'
      """
    ) { row in try row.decode("count", as: Int.self) } ?? 0
  }

  @Test func whatWaitsIsFoundWithoutReadingTheRest() async throws {
    try await Self.withInbox { archive, store, pool async throws in
      let before = try await Self.reads(pool)
      let waiting = try await archive.list(store: store, .init(outcome: "waiting"), limit: 50)
      #expect(waiting.map(\.orderID) == ["order-100000", "order-99999", "order-99998"])
      #expect(waiting.allSatisfy { $0.isQueued && $0.outcome == nil && !$0.hasBody })
      let some = try await archive.list(
        store: store, .init(outcome: "waiting", event: "B"), limit: 50)
      #expect(some.map(\.orderID) == ["order-99999"])
      #expect(try await Self.reads(pool) - before < 1000)
    }
  }

  @Test func aListOfDaysReadsThoseDaysOnly() async throws {
    try await Self.withInbox { archive, store, pool async throws in
      let before = try await Self.reads(pool)
      let none = try await archive.list(
        store: store, .init(outcome: "malformed", days: 1), limit: 50)
      #expect(none.isEmpty)
      #expect(try await Self.reads(pool) - before < 5000)
      let all = try await archive.list(store: store, .init(event: "A", days: 1), limit: 10_000)
      #expect((719...721).contains(all.count))
    }
  }
}
