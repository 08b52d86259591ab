import Domain
import FoundationEssentials
import HTTPTransport
import Ledger
import Logging
import Postgres
import SaleorAPI
import Sandbox
import Testing
import Work

/// A sandbox store and a ledger that stay while Laurel comes and goes.
struct StandingStore: Sendable {
  let sandbox: SandboxStore
  let database: TestDatabase
  /// A pool of the test's own on the ledger.
  let pool: Pool
  private let url: String
  private let transport: HTTPTransport

  /// Opens a store for the time of `body`; its clock is `clockError` seconds ahead.
  static func open(
    clockError: Double = 0, _ body: (StandingStore) async throws -> Void
  ) async throws {
    let sandbox = SandboxStore(now: { Date() + clockError })
    let transport = try HTTPTransport()
    try await TestDatabase.with { database in
      try await database.withPool { pool in
        try await TestShop.serve(sandbox) { url in
          try await body(
            StandingStore(
              sandbox: sandbox, database: database, pool: pool, url: url, transport: transport))
        }
      }
    }
    await transport.shutdown()
  }

  /// Runs Laurel for the time of `body`.
  func laurel(
    _ environment: [String: String] = [:], work change: (inout WorkSettings) -> Void = { _ in },
    _ body: (TestShop) async throws -> Void
  ) async throws {
    try await TestShop.visit(
      sandbox, url, database.connectionString, environment, work: change, body)
  }

  /// The store as another process connects to it.
  func connected() async throws -> ConnectedStore {
    let address = try #require(StoreAddress(url))
    let client = StoreClient(
      graphQL: GraphQLClient(
        transport: transport, url: address.canonical, token: await sandbox.app.token,
        reach: .anywhere))
    return ConnectedStore(
      id: try await StoreRepository(pool).connect(address), address: address, client: client)
  }

  /// A poll of its own, as another process has one.
  func poll(lease: Duration = .seconds(60)) async throws -> Poll {
    Poll(
      pool: pool, store: try await connected(), gate: RunGate(), settings: PollSettings(),
      lease: lease,
      log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    ) {}
  }

  /// Makes the store one that was connected this long ago.
  func wasConnected(hoursAgo: Int) async throws {
    _ = try await poll()
    try await pool.execute("UPDATE stores SET created_at = now() - \(hoursAgo) * interval '1 hour'")
  }

  /// One number out of the ledger.
  func count(_ query: Query) async throws -> Int {
    try await pool.first(query) { row in try row.decode("count", as: Int.self) } ?? 0
  }

  /// Up to where everything is in the inbox.
  func mark() async throws -> Date? {
    try await pool.first("SELECT mark FROM poll_marks") { row in
      try row.decode("mark", as: Date?.self)
    } ?? nil
  }
}
