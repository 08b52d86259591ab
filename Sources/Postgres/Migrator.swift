import FoundationEssentials

/// Brings the schema to where the program expects it. Several processes may start at the same
/// time: an advisory lock of the database lets one work while the others wait, and these then find
/// nothing left to do.
package struct Migrator: Sendable {
  /// The steps, in their order.
  package let migrations: [Migration]
  /// How long to wait for another migrator, and each statement for a lock on a table.
  package let lockWait: Duration
  /// How long one migration may run.
  package let migrationTimeout: Duration

  /// The key of the advisory lock: "laurel" in ASCII. It only has to be the same everywhere.
  private static let lockKey: Int64 = 0x6c61_7572_656c

  /// Throws `names` unless the names are well-formed and strictly ascending.
  package init(
    migrations: [Migration], lockWait: Duration = .seconds(60),
    migrationTimeout: Duration = .seconds(600)
  ) throws(MigrationError) {
    for migration in migrations {
      let isPlain = migration.name.utf8.allSatisfy { byte in
        (0x61...0x7a).contains(byte) || (0x30...0x39).contains(byte) || byte == 0x5f
      }
      guard isPlain, !migration.name.isEmpty else {
        throw MigrationError(.names, "\(migration.name) is not made of a-z, 0-9 and _")
      }
    }
    for (earlier, later) in zip(migrations, migrations.dropFirst()) where earlier.name >= later.name
    {
      throw MigrationError(.names, "\(later.name) must not follow \(earlier.name)")
    }
    self.migrations = migrations
    self.lockWait = lockWait
    self.migrationTimeout = migrationTimeout
  }

  /// Applies what is pending. Returns the names, in order. Throws `MigrationError`, or
  /// `PostgresError` when the database cannot be reached.
  @discardableResult
  package func up(_ pool: Pool) async throws -> [String] {
    try await whileLocked(pool) { connection in
      let applied = try await applied(connection)
      var names: [String] = []
      for migration in migrations.dropFirst(applied.count) {
        try await run(migration.up, of: migration, on: connection) { transaction in
          try await transaction.execute(
            "INSERT INTO schema_migrations (name) VALUES (\(migration.name))")
        }
        names.append(migration.name)
      }
      return names
    }
  }

  /// Takes the last `steps` migrations back, the newest first. Returns their names in that order.
  /// Throws as `up` does.
  @discardableResult
  package func down(_ pool: Pool, steps: Int) async throws -> [String] {
    try await whileLocked(pool) { connection in
      let applied = try await applied(connection)
      var names: [String] = []
      for migration in migrations.prefix(applied.count).suffix(max(0, steps)).reversed() {
        try await run(migration.down, of: migration, on: connection) { transaction in
          try await transaction.execute(
            "DELETE FROM schema_migrations WHERE name = \(migration.name)")
        }
        names.append(migration.name)
      }
      return names
    }
  }

  /// Every migration that is declared or applied, by name. Changes nothing and waits for nobody.
  package func status(_ pool: Pool) async throws -> [MigrationStatus] {
    let exists = try await pool.first("SELECT to_regclass('schema_migrations') IS NOT NULL") {
      try $0.decode(0, as: Bool.self)
    }
    var applied: [String: Date] = [:]
    if exists == true {
      let rows = try await pool.rows("SELECT name, applied_at FROM schema_migrations") { row in
        (try row.decode("name", as: String.self), try row.decode("applied_at", as: Date.self))
      }
      applied = Dictionary(rows) { first, _ in first }
    }
    let declared = Set(migrations.map(\.name))
    return declared.union(applied.keys).sorted().map { name in
      MigrationStatus(name: name, appliedAt: applied[name], isDeclared: declared.contains(name))
    }
  }

  // MARK: Steps

  /// Runs `body` on a connection that holds the lock. The connection is closed afterwards, which
  /// releases the lock for certain and takes the changed settings with it.
  private func whileLocked<T>(
    _ pool: Pool, _ body: (Connection) async throws -> T
  ) async throws -> T {
    try await pool.withConnection { connection in
      do {
        try await lock(connection)
        let value = try await body(connection)
        await connection.close()
        return value
      } catch {
        await connection.close()
        throw error
      }
    }
  }

  private func lock(_ connection: Connection) async throws {
    let limit = max(migrationTimeout, lockWait + .seconds(1))
    try await connection.script(
      """
      SET lock_timeout = \(lockWait.milliseconds);
      SET statement_timeout = \(limit.milliseconds);
      """)
    do {
      try await connection.script("SELECT pg_advisory_lock(\(Self.lockKey))", timeout: limit)
    } catch let error as PostgresError where error.sqlState == "55P03" {
      throw MigrationError(.busy, "another process is migrating", cause: error)
    }
    try await connection.script(
      """
      CREATE TABLE IF NOT EXISTS schema_migrations (
        name text PRIMARY KEY,
        applied_at timestamptz NOT NULL DEFAULT now()
      )
      """)
  }

  /// The names that are applied; throws `mismatch` unless they are the first of those declared.
  private func applied(_ connection: Connection) async throws -> [String] {
    let applied = try await connection.rows(
      #"SELECT name FROM schema_migrations ORDER BY name COLLATE "C""#
    ) { try $0.decode(0, as: String.self) }
    let declared = migrations.map(\.name)
    if declared.starts(with: applied) { return applied }
    let unknown = applied.filter { !declared.contains($0) }
    let skipped = declared.filter { name in
      !applied.contains(name) && applied.contains { $0 > name }
    }
    var words: [String] = []
    if !unknown.isEmpty {
      words.append("applied but not declared: \(unknown.joined(separator: ", "))")
    }
    if !skipped.isEmpty { words.append("declared but skipped: \(skipped.joined(separator: ", "))") }
    throw MigrationError(
      .mismatch, words.joined(separator: "; "), unknown: unknown, skipped: skipped)
  }

  private func run(
    _ script: String, of migration: Migration, on connection: Connection,
    record: (Transaction) async throws -> Int
  ) async throws {
    do {
      try await connection.transaction { transaction in
        try await transaction.script(script, timeout: migrationTimeout)
        _ = try await record(transaction)
      }
    } catch let error as PostgresError {
      throw MigrationError(.failed, migration.name, cause: error)
    }
  }
}
