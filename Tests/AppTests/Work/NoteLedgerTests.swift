import Domain
import FoundationEssentials
import Ledger
import Postgres
import Testing

/// The queue of the notes in a ledger of its own, without a store.
@Suite struct NoteLedgerTests {
  private static let referrer = "VXNlcjox"

  /// Opens a ledger with one connection, so that its counters are those that are read, and plans
  /// that know nothing of the values, as a server makes them after a few calls.
  private static func open(_ body: (Pool, StoreID) async throws -> Void) async throws {
    try await TestDatabase.with { database in
      let pool = try Pool(
        PostgresConfiguration(
          connectionString: database.connectionString
            + " options='-c plan_cache_mode=force_generic_plan'",
          statementTimeout: .seconds(240), applicationName: "test", poolSize: 1))
      let result = await Result {
        let store = try await StoreRepository(pool).connect(
          try #require(StoreAddress("https://shop.example.com/graphql/")))
        try await body(pool, store)
      }
      await pool.close()
      try result.get()
    }
  }

  private static func count(_ pool: Pool, _ query: Query) async throws -> Int {
    try await pool.first(query) { row in try row.decode("count", as: Int.self) } ?? 0
  }

  /// Follows orders that name Alice's code, and takes up the changes.
  private static func track(_ pool: Pool, _ store: StoreID, _ orders: Int) async throws {
    try await pool.execute(
      """
      INSERT INTO referral_codes (store_id, code, referrer_user_id, referrer_email)
      VALUES (\(store.value), 'ALICE10', \(Self.referrer), 'alice@example.com')
      """)
    try await pool.execute(
      """
      INSERT INTO referrals (store_id, order_id, ref_code)
      SELECT \(store.value), 'order' || number, 'ALICE10'
      FROM generate_series(1, \(orders)) AS number
      """)
    try await NoteRepository(pool).collect(store: store, after: .zero)
  }

  @Test func whatChangesDuringAnAttemptIsWrittenNext() async throws {
    try await Self.open { pool, store async throws in
      try await Self.track(pool, store, 1)
      let notes = NoteRepository(pool)
      let due: Query = "SELECT count(*) FROM notes WHERE next_attempt_at <= now()"
      for end in 0..<3 {
        let claim = try #require(
          try await notes.claimDue(store: store, limit: 5, lease: .seconds(60)).first)
        #expect(try await notes.claimDue(store: store, limit: 5, lease: .seconds(60)).isEmpty)
        try await pool.execute("UPDATE referrals SET campaign_id = \("campaign\(end)")")
        try await notes.collect(store: store, after: .zero)
        #expect(claim.written == (end == 1 ? "a" : nil))
        switch end {
        case 0: try await notes.finish(store: store, claim, written: "a", after: .zero)
        case 1: try await notes.giveUp(store: store, claim, error: "gone")
        default: try await notes.putBack(store: store, claim, after: .zero, error: "down")
        }
        #expect(try await Self.count(pool, due) == 1)
      }
      // Without a change there is nothing left; a claim that was lost changes nothing.
      let claim = try #require(
        try await notes.claimDue(store: store, limit: 5, lease: .seconds(60)).first)
      // What an attempt may have written, whose end is not known, is written again.
      #expect(claim.written == nil && claim.attempts == 3)
      try await notes.finish(store: store, claim, written: "b", after: .zero)
      #expect(try await Self.count(pool, due) == 0)
      try await pool.execute("UPDATE referrals SET campaign_id = 'another'")
      try await notes.collect(store: store, after: .zero)
      let other = try #require(
        try await notes.claimDue(store: store, limit: 5, lease: .seconds(60)).first)
      try await notes.finish(store: store, claim, written: "stale", after: .zero)
      #expect(
        try await Self.count(
          pool, "SELECT count(*) FROM notes WHERE written IS NULL AND lease_until IS NOT NULL") == 1
      )
      #expect(other.written == "b" && other.attempts == 1 && other.key == "order order1")
    }
  }

  @Test func changesAreTakenFromAPlaceOnAndNoneIsForgotten() async throws {
    try await Self.open { pool, store async throws in
      try await Self.track(pool, store, 3)
      let notes = NoteRepository(pool)
      #expect(try await notes.collect(store: store, after: .zero) == nil)
      for number in 1...3 {
        try await pool.execute(
          "UPDATE referrals SET campaign_id = 'spring' WHERE order_id = \("order\(number)")")
      }
      let places = try await pool.rows("SELECT id FROM note_changes ORDER BY id") {
        try $0.decode("id", as: Int.self)
      }
      try #require(places.count == 3)
      // What came to light before the mark waits until all is read again.
      let second = try await notes.collect(store: store, from: places[1], after: .zero)
      #expect(second == places[1])
      #expect(try await Self.count(pool, "SELECT count(*) FROM note_changes") == 1)
      #expect(try await notes.collect(store: store, from: places[1], after: .zero) == nil)
      #expect(try await notes.collect(store: store, after: .zero) == places[0])
      #expect(try await Self.count(pool, "SELECT count(*) FROM note_changes") == 0)
    }
  }

  @Test func aLedgerThatWasPutBackWritesRecentNotesAgain() async throws {
    try await Self.open { pool, store async throws in
      try await Self.track(pool, store, 3)
      try await pool.execute(
        """
        UPDATE notes SET next_attempt_at = NULL, written = 'a',
          written_at = now() - CASE object_id WHEN 'order1' THEN 1 ELSE 60 END * interval '1 day'
        """)
      let notes = NoteRepository(pool)
      #expect(try await notes.renew(store: store) == 0)
      try await pool.execute(
        """
        INSERT INTO ledger_marks (store_id, installation_id, code_key_id, generation)
        VALUES (\(store.value), gen_random_uuid(), 'key', 2)
        """)
      #expect(try await notes.renew(store: store) == 1)
      #expect(try await notes.renew(store: store) == 0)
      let claims = try await notes.claimDue(store: store, limit: 5, lease: .seconds(60))
      #expect(claims.map(\.objectID) == ["order1"])
      #expect(claims.map(\.written) == [nil])
      #expect(claims.allSatisfy { $0.epoch > 1 << 32 })
    }
  }

  @Test func aNoteThatEndsProcessesIsLeftAlone() async throws {
    try await Self.open { pool, store async throws in
      try await Self.track(pool, store, 1)
      let notes = NoteRepository(pool)
      let claim = try #require(
        try await notes.claimDue(store: store, limit: 5, lease: .seconds(60)).first)
      try await pool.transaction { session in
        try await Quarantine(session).enter(store: store, stage: "note", key: claim.key)
      }
      try await pool.execute("UPDATE referrals SET campaign_id = 'spring'")
      try await notes.collect(store: store, after: .zero)
      #expect(try await notes.claimDue(store: store, limit: 5, lease: .seconds(60)).isEmpty)
      #expect(
        try await Self.count(
          pool,
          "SELECT count(*) FROM notes WHERE last_error = \(Quarantine.reason)") == 1)
      // Nor does it keep the figures from being read.
      let reading = try await GaugeRepository(pool).read(store: store, rollout: .all)
      let queue = try #require(reading.queues.first { $0.stage == "note" })
      #expect(queue.due == 0 && queue.later == 1 && queue.oldestAge == 0)
    }
  }

  @Test func changesOfOneReferrerWaitForNobody() async throws {
    try await TestDatabase.with { database in
      try await database.withPool { pool in
        let store = try await StoreRepository(pool).connect(
          try #require(StoreAddress("https://shop.example.com/graphql/")))
        try await Self.track(pool, store, 2)
        // Two that are decided at the same moment, and a worker that takes up what there is.
        try await pool.transaction { first in
          try await first.execute(
            "UPDATE referrals SET campaign_id = 'a' WHERE order_id = 'order1'")
          try await pool.transaction { second in
            try await second.execute(
              "UPDATE referrals SET campaign_id = 'b' WHERE order_id = 'order2'")
            try await NoteRepository(pool).collect(store: store, after: .zero)
          }
          try await NoteRepository(pool).collect(store: store, after: .zero)
        }
        #expect(try await Self.count(pool, "SELECT count(*) FROM note_changes") == 1)
        try await NoteRepository(pool).collect(store: store, after: .zero)
        #expect(
          try await Self.count(pool, "SELECT min(changes) AS count FROM notes") == 2)
      }
    }
  }

  /// A hundred thousand orders, each tenth with a note.
  @Test func noLargeTableIsReadFromEndToEnd() async throws {
    try await Self.open { pool, store async throws in
      let history: [Query] = [
        "ALTER TABLE referrals DISABLE TRIGGER USER",
        """
        INSERT INTO referral_codes (store_id, code, referrer_user_id, referrer_email)
        SELECT 1, 'CODE' || number, 'user' || number, 'u@example.com'
        FROM generate_series(1, 5000) AS number
        """,
        """
        INSERT INTO referrals (store_id, order_id, ref_code, state, referred_customer_id, reason,
          next_check_at)
        SELECT 1, 'order' || number, 'CODE' || 1 + number % 5000, 'rewarded', 'c' || number,
          'test', NULL
        FROM generate_series(1, 100000) AS number
        """,
        "ALTER TABLE referrals ENABLE TRIGGER USER",
        """
        INSERT INTO rewards (store_id, id, referral_id, order_id, campaign_id, role, version, type,
          amount, currency, code_key_id, gift_card_id, status, next_attempt_at, rollout_bucket)
        SELECT 1, gen_random_uuid(), id, order_id, 'default', 'referrer', 1, 'gift_card', 10, 'USD',
          'key', 'card' || order_id, 'issued', NULL, 1
        FROM referrals WHERE id <= 10000
        """,
        """
        INSERT INTO notes (store_id, subject, object_id, written, written_at)
        SELECT 1, 'order', order_id, 'written', now() FROM referrals WHERE id > 90000
        """,
        "ANALYZE",
      ]
      try #require(store.value == 1)
      for query in history { try await pool.execute(query) }
      let before = try await Self.scans(pool)
      let notes = NoteRepository(pool)
      while try await Self.count(pool, "SELECT count(*) FROM note_changes") > 0 {
        try await notes.collect(store: store, after: .zero)
      }
      try await pool.execute(
        "UPDATE referrals SET state = 'rejected' WHERE store_id = 1 AND order_id = 'order77'")
      try await notes.collect(store: store, after: .zero)
      let claims = try await notes.claimDue(store: store, limit: 16, lease: .seconds(60))
      #expect(claims.count == 16)
      for claim in claims {
        try await notes.finish(store: store, claim, written: "again", after: .zero)
      }
      #expect(
        try await notes.orderFacts(store: store, orderID: "order77")?.state == "rejected")
      let facts = try await notes.referrerFacts(store: store, userID: "user78")
      #expect(facts?.referrals == 19 && facts?.rewards == 2)
      let after = try await Self.scans(pool)
      #expect(after == before)
      // The owners of the codes, and the order.
      #expect(try await Self.count(pool, "SELECT count(*) FROM notes") == 10_000 + 5_000 + 1)
    }
  }

  private static func scans(_ pool: Pool) async throws -> [String: Int] {
    // The counters of this session are told to the others now and then only.
    try await pool.execute("SELECT pg_stat_force_next_flush()")
    let rows = try await pool.rows(
      """
      SELECT relname::text AS name, seq_scan FROM pg_stat_user_tables
      WHERE relname IN ('referrals', 'rewards', 'referral_codes', 'notes')
      """
    ) { row in
      (try row.decode("name", as: String.self), try row.decode("seq_scan", as: Int.self))
    }
    return Dictionary(uniqueKeysWithValues: rows)
  }
}
