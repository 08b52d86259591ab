import App
import Logging
import Postgres

/// The PostgreSQL of the benchmark: one that `laurel serve` would run for itself, with the same
/// settings, durable as PostgreSQL is by default.
struct BenchDatabase: Sendable {
  /// How Laurel and every reference connect.
  let connectionString: String
  /// The benchmark's own connections, as the superuser.
  let pool: Pool

  /// Starts the cluster under `folder` and empties its database; lends it, and stops it.
  /// - Throws: `DataDirectoryError`, `PrivateClusterError`, `PostgresError`, what `body` throws.
  static func with<Result: Sendable>(
    folder: String, _ body: (BenchDatabase) async throws -> Result
  ) async throws -> Result {
    let lock = try DataDirectory(locking: folder)
    defer { lock.release() }
    let cluster = try await PrivateCluster.start(dataDirectory: lock.path, log: .silent)
    let result = await Swift.Result {
      // The later of two keywords counts. A day for a statement: filling a large database takes long.
      let pool = Pool(
        try PostgresConfiguration(
          connectionString: "\(cluster.connectionString) user=postgres",
          statementTimeout: .seconds(86_400), replyGrace: .seconds(60), poolSize: 8))
      let database = BenchDatabase(connectionString: cluster.connectionString, pool: pool)
      let result = await Swift.Result {
        try await database.makeAnew()
        return try await body(database)
      }
      await pool.close()
      return try result.get()
    }
    // In a task of its own: when this one is cancelled, it can start no program.
    await Task { try? await cluster.stop() }.value
    return try result.get()
  }

  private func makeAnew() async throws {
    try await pool.execute("DROP SCHEMA public CASCADE")
    try await pool.execute("CREATE SCHEMA public AUTHORIZATION laurel")
    try await pool.execute("DROP SCHEMA IF EXISTS bench CASCADE")
    try await pool.execute("CREATE SCHEMA bench AUTHORIZATION laurel")
  }

  /// Empties what comes of deliveries: the inbox, what was bought, referrals and rewards. Then all
  /// that was written is put on the disk, so that no round pays for the one before it.
  /// - Throws: `PostgresError`.
  func empty() async throws {
    let tables = try await pool.rows(
      """
      SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables
      WHERE schemaname = 'public' AND (tablename LIKE 'inbox%' OR tablename LIKE '%buyers%'
        OR tablename IN ('referral_codes', 'referrals'))
      """
    ) { try $0.decode("name", as: String.self) }
    if !tables.isEmpty {
      // Names from the catalogue, quoted by the server.
      try await pool.execute(
        Query(text: "TRUNCATE \(tables.joined(separator: ", ")) CASCADE"))
    }
    try await settle()
  }

  /// Has the server write out what is dirty, and look at its tables anew.
  /// - Throws: `PostgresError`.
  func settle() async throws {
    try await pool.execute("CHECKPOINT")
  }

  /// How many deliveries are written down.
  /// - Throws: `PostgresError`.
  func deliveries() async throws -> Int {
    try await count("SELECT count(*) AS count FROM inbox")
  }

  /// How many of them wait to be looked at.
  /// - Throws: `PostgresError`.
  func queued() async throws -> Int {
    try await count("SELECT count(*) AS count FROM inbox_queue")
  }

  /// One number.
  /// - Throws: `PostgresError`.
  func count(_ query: Query) async throws -> Int {
    try await pool.first(query) { try $0.decode("count", as: Int.self) } ?? 0
  }

  /// Waits until nothing waits to be looked at any more.
  /// - Throws: `BenchFailure` when that takes longer than `limit`.
  func waitUntilRead(within limit: Duration = .seconds(120)) async throws {
    let deadline = ContinuousClock.now + limit
    while try await queued() > 0 {
      guard ContinuousClock.now < deadline else {
        throw BenchFailure("deliveries still wait after \(limit)")
      }
      try await Task.sleep(for: .milliseconds(100))
    }
  }
}

extension Logger {
  /// A logger that says nothing.
  static var silent: Logger { Logger(label: "bench") { _ in SwiftLogNoOpLogHandler() } }
}
