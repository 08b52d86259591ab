import Domain
import Intake
import Ledger
import Logging
import NIOConcurrencyHelpers
import Postgres
import Sandbox
import Signing
import Testing

@Suite struct KeyDirectoryTests {
  private struct Unreachable: Error {}

  /// A store's keys behind a ledger, and how often they were fetched.
  private struct Shelf: Sendable {
    let pool: Pool
    let store: StoreID
    let address: StoreAddress
    /// What the store publishes; `nil` while it cannot be reached.
    let published: NIOLockedValueBox<[UInt8]?>
    let fetches = NIOLockedValueBox(0)
    let clock = NIOLockedValueBox(ContinuousClock.now)

    /// A process's own directory.
    func directory() -> KeyDirectory {
      KeyDirectory(
        pool: pool, log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
        now: { clock.withLockedValue { $0 } }
      ) { _ in
        fetches.withLockedValue { $0 += 1 }
        // Long enough for others to ask meanwhile.
        try await Task.sleep(for: .milliseconds(100))
        guard let document = published.withLockedValue({ $0 }) else { throw Unreachable() }
        return document
      }
    }

    func has(_ directory: KeyDirectory, _ keyID: String) async -> Bool {
      (try? await directory.keys(of: store, at: address, keyID: keyID)) != nil
    }

    func pass(_ seconds: Int) async throws {
      clock.withLockedValue { $0 += .seconds(seconds) }
      try await pool.execute(
        """
        WITH replaced AS (
          UPDATE replaced_store_keys
          SET replaced_at = replaced_at - \(seconds) * interval '1 second'
        )
        UPDATE store_keys SET tried_at = tried_at - \(seconds) * interval '1 second'
        """)
    }
  }

  private static func open(
    _ body: @Sendable (Shelf, SandboxSigner) async throws -> Void
  ) async throws {
    let signer = try SandboxSigner()
    try await TestDatabase.with { database in
      try await database.withPool { pool in
        let address = try #require(StoreAddress("https://shop.example.com/graphql/"))
        try await body(
          Shelf(
            pool: pool, store: try await StoreRepository(pool).connect(address),
            address: address, published: NIOLockedValueBox(signer.keySet)), signer)
      }
    }
  }

  private static func keyID(_ signer: SandboxSigner) throws -> String {
    try DetachedSignature(compact: signer.sign([])).keyID
  }

  @Test func manyWhoAskAtOnceMakeOneFetch() async throws {
    try await Self.open { shelf, signer in
      let keyID = try Self.keyID(signer)
      let directory = shelf.directory()
      let found = await withTaskGroup(of: Bool.self) { group in
        for _ in 0..<100 { group.addTask { await shelf.has(directory, keyID) } }
        return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
      }
      #expect(found == 100)
      #expect(shelf.fetches.withLockedValue { $0 } == 1)
    }
  }

  @Test func madeUpKeysMakeOneFetchAMinuteOverAllProcesses() async throws {
    try await Self.open { shelf, signer in
      let directories = [shelf.directory(), shelf.directory(), shelf.directory()]
      for minute in 1...3 {
        await withDiscardingTaskGroup { group in
          for number in 0..<60 {
            group.addTask {
              #expect(await !shelf.has(directories[number % 3], "made-up-\(minute)-\(number)"))
            }
          }
        }
        #expect(shelf.fetches.withLockedValue { $0 } == minute)
        try await shelf.pass(61)
      }
      let keyID = try Self.keyID(signer)
      for directory in directories { #expect(await shelf.has(directory, keyID)) }
      #expect(shelf.fetches.withLockedValue { $0 } == 3)
    }
  }

  @Test func madeUpKeysReadTheLedgerOnceASecond() async throws {
    try await Self.open { shelf, signer in
      let keyID = try Self.keyID(signer)
      let directory = shelf.directory()
      #expect(await shelf.has(directory, keyID))
      // Nothing of the ledger is needed: without the table a reading would fail otherwise.
      try await shelf.pool.execute("ALTER TABLE store_keys RENAME TO hidden")
      for number in 0..<50 {
        await #expect(throws: KeyDirectory.Failure.self) {
          try await directory.keys(of: shelf.store, at: shelf.address, keyID: "made-up-\(number)")
        }
      }
      #expect(await shelf.has(directory, keyID))
      shelf.clock.withLockedValue { $0 += .seconds(1) }
      await #expect(throws: PostgresError.self) {
        try await directory.keys(of: shelf.store, at: shelf.address, keyID: "made-up")
      }
    }
  }

  @Test func processesShareWhatOneOfThemFetched() async throws {
    try await Self.open { shelf, signer in
      let first = try Self.keyID(signer)
      let one = shelf.directory()
      let other = shelf.directory()
      #expect(await shelf.has(one, first))
      #expect(await shelf.has(other, first))
      try signer.rotate()
      shelf.published.withLockedValue { $0 = signer.keySet }
      let second = try Self.keyID(signer)
      #expect(await !shelf.has(other, second))
      try await shelf.pass(61)
      #expect(await shelf.has(other, second))
      #expect(await shelf.has(one, second))
      #expect(await shelf.has(shelf.directory(), first))
      #expect(shelf.fetches.withLockedValue { $0 } == 2)
    }
  }

  @Test func aReplacedKeyCountsForAWhile() async throws {
    try await Self.open { shelf, signer in
      let first = try Self.keyID(signer)
      let directory = shelf.directory()
      #expect(await shelf.has(directory, first))
      try signer.rotate()
      shelf.published.withLockedValue { $0 = signer.keySet }
      try await shelf.pass(61)
      let second = try Self.keyID(signer)
      #expect(await shelf.has(directory, second))
      try await shelf.pass(14 * 60)
      #expect(await shelf.has(directory, first))
      try await shelf.pass(2 * 60)
      #expect(await !shelf.has(directory, first))
      #expect(await shelf.has(directory, second))
    }
  }

  @Test func ofKeysThatAreReplacedOneAfterTheOtherEachCountsForAWhile() async throws {
    try await Self.open { shelf, signer in
      let directory = shelf.directory()
      var keyIDs: [String] = []
      // A change every six minutes: with the fourth, the first one's time is over.
      for change in 0..<5 {
        if change > 0 {
          try signer.rotate()
          shelf.published.withLockedValue { $0 = signer.keySet }
          try await shelf.pass(6 * 60)
        }
        keyIDs.append(try Self.keyID(signer))
        #expect(await shelf.has(directory, keyIDs[change]))
        for process in [directory, shelf.directory()] {
          for (number, keyID) in keyIDs.enumerated() {
            let replacedFor = (change - number - 1) * 6
            #expect(await shelf.has(process, keyID) == (replacedFor < 15), "\(change) \(number)")
          }
        }
      }
      let kept = try await shelf.pool.first(
        "SELECT count(*) AS count FROM replaced_store_keys"
      ) { try $0.decode("count", as: Int.self) }
      #expect(kept == 3)
    }
  }

  @Test func aFetchThatFailsIsNotedAndTriedAgainAMinuteLater() async throws {
    try await Self.open { shelf, signer in
      let keyID = try Self.keyID(signer)
      let directory = shelf.directory()
      shelf.published.withLockedValue { $0 = nil }
      #expect(await !shelf.has(directory, keyID))
      #expect(await !shelf.has(directory, keyID))
      #expect(shelf.fetches.withLockedValue { $0 } == 1)
      let noted = try await shelf.pool.first(
        "SELECT count(*) AS count FROM store_keys WHERE last_error LIKE '%Unreachable%'"
      ) { try $0.decode("count", as: Int.self) }
      #expect(noted == 1)
      shelf.published.withLockedValue { $0 = signer.keySet }
      try await shelf.pass(61)
      #expect(await shelf.has(directory, keyID))
      // What is known stays known while the store is away.
      shelf.published.withLockedValue { $0 = nil }
      try await shelf.pass(3600)
      #expect(await !shelf.has(directory, "another"))
      #expect(await shelf.has(directory, keyID))
    }
  }
}
