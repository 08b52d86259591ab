import Domain
import FoundationEssentials
import Ledger
import Postgres
import Signing
import Testing

/// Batches of deliveries: what they keep others from, what is left of them when their process dies,
/// and what they leave alone.
@Suite struct LinkBatchTests {
  private static let store = StoreID(1)

  /// Lends an inbox in which so many deliveries wait, and the keys of these.
  private static func withDeliveries(
    _ count: Int, _ body: @Sendable (Pool, [[UInt8]]) async throws -> Void
  ) async throws {
    try await TestDatabase.with { database in
      try await database.withPool { pool async throws in
        try await pool.execute("INSERT INTO stores (address) VALUES ('a')")
        let keys = (0..<count).map { [UInt8](repeating: UInt8($0), count: 32) }
        for key in keys {
          _ = try await InboxRepository(pool).insert([
            .init(
              store: store, eventID: key, event: "OrderPaid", orderID: nil, isUsed: true,
              body: [UInt8](repeating: 7, count: 100))
          ])
        }
        try await body(pool, keys)
      }
    }
  }

  private static func queue(_ pool: Pool) async throws -> [InboxRepository.Place] {
    try await InboxRepository(pool).queue(store: store, limit: 256, bytes: 1 << 20)
  }

  /// Has `worker` begin a batch.
  private static func begin(
    _ pool: Pool, _ places: ClosedRange<Int>, worker: UUID, lease: Duration = .seconds(60)
  ) async throws {
    let key = RunRepository.batchKey(places)
    #expect(
      try await RunRepository(pool)
        .begin(store: store, stage: "link", keys: [key], worker: worker, lease: lease)
        == [key: .together])
  }

  private static func bury(_ pool: Pool) async throws -> [RunRepository.Remains] {
    try await pool.transaction { session in
      try await RunRepository(session).bury(store: store, worker: UUID())
    }
  }

  @Test func whatIsUnderWayInABatchIsNotClaimed() async throws {
    try await Self.withDeliveries(6) { pool, keys in
      let places = try await Self.queue(pool).map(\.id)
      let worker = UUID()
      try await Self.begin(pool, places[1]...places[2], worker: worker)
      try await Self.begin(pool, places[4]...places[4], worker: worker)
      #expect(try await Self.queue(pool).map(\.id) == [places[0], places[3], places[5]])
      let first = RunRepository.batchKey(places[1]...places[2])
      let runs = RunRepository(pool)
      #expect(
        try await runs.end(store: Self.store, [.init(stage: "link", key: first)], worker: worker)
          == 1)
      #expect(
        try await runs.end(store: Self.store, [.init(stage: "link", key: first)], worker: worker)
          == 0)
      #expect(
        try await Self.queue(pool).map(\.eventID) == [keys[0], keys[1], keys[2], keys[3], keys[5]])
    }
  }

  @Test func eachDeliveryOfABatchWhoseProcessDiedIsSuspect() async throws {
    try await Self.withDeliveries(6) { pool, keys in
      let places = try await Self.queue(pool).map(\.id)
      // The fifth has a run in another process, which lives.
      let living = UUID()
      _ = try await RunRepository(pool).begin(
        store: Self.store, stage: "link", keys: [Hex.encode(keys[4])], worker: living,
        lease: .seconds(60))
      try await Self.begin(pool, places[1]...places[4], worker: UUID(), lease: .milliseconds(1))
      // One of them was done before the process died.
      _ = try await InboxRepository(pool).take(store: Self.store, places: [places[2]])
      try await Task.sleep(for: .milliseconds(50))
      let remains = try await Self.bury(pool)
      #expect(
        Set(remains.map(\.key)) == [Hex.encode(keys[1]), Hex.encode(keys[3])])
      #expect(remains.allSatisfy { $0.stage == "link" && $0.loneDeaths == 0 })
      let queue = try await Self.queue(pool)
      #expect(queue.map(\.id) == [places[0], places[1], places[3], places[5]])
      #expect(queue.map(\.isSuspect) == [false, true, true, false])
      #expect(
        try await RunRepository(pool).begin(
          store: Self.store, stage: "link", keys: remains.map(\.key), worker: living,
          lease: .seconds(60)
        ).values.allSatisfy { $0 == .alone })
      #expect(try await Self.bury(pool) == [])
    }
  }

  @Test func aProcessThatWasTakenForDeadMayLinkItsBatchAfterAll() async throws {
    try await Self.withDeliveries(3) { pool, keys in
      let places = try await Self.queue(pool).map(\.id)
      try await Self.begin(pool, places[0]...places[1], worker: UUID(), lease: .milliseconds(1))
      try await Task.sleep(for: .milliseconds(50))
      #expect(try await Self.bury(pool).count == 2)
      _ = try await InboxRepository(pool).take(store: Self.store, places: [places[0]])
      try await RunRepository(pool).forgetLinked(store: Self.store)
      let left = try await pool.rows("SELECT key FROM runs") { row in
        try row.decode("key", as: String.self)
      }
      #expect(left == [Hex.encode(keys[1])])
    }
  }

  @Test func settlingABatchTouchesNoIndexOfTheInbox() async throws {
    try await Self.withDeliveries(200) { pool, keys in
      let changes = try await pool.transaction { session in
        try await InboxRepository(session)
          .settle(store: Self.store, keys.map { ($0, .noCode) })
        return try await session.first(
          """
          SELECT pg_stat_get_xact_tuples_updated('inbox'::regclass) AS all_of_them,
            pg_stat_get_xact_tuples_hot_updated('inbox'::regclass) AS within_the_page
          """
        ) { row in
          (
            all: try row.decode("all_of_them", as: Int.self),
            withinThePage: try row.decode("within_the_page", as: Int.self)
          )
        }
      }
      #expect(changes?.all == 200 && (changes?.withinThePage ?? 0) >= 190)
    }
  }

  @Test func aReplayedDeliveryIsAsLargeAsItWas() async throws {
    try await Self.withDeliveries(2) { pool, keys in
      let places = try await Self.queue(pool).map(\.id)
      _ = try await InboxRepository(pool).take(store: Self.store, places: places)
      try await InboxRepository(pool).settle(store: Self.store, keys.map { ($0, .noCode) })
      try await pool.transaction { session in
        #expect(try await EventArchive(session).replay(store: Self.store, keys[0]) == .queued)
        let replayed = try await EventArchive(session)
          .replayAll(store: Self.store, outcome: .noCode)
        #expect(replayed.queued == 1 && replayed.withoutBody == 0)
      }
      let sizes = try await pool.rows("SELECT bytes FROM inbox_queue") { row in
        try row.decode("bytes", as: Int.self)
      }
      #expect(sizes == [100, 100])
    }
  }
}
