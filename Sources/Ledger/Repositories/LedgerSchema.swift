package import Postgres

/// The schema `public`, in which the ledger lies, as a whole: for a backup that takes its place.
package struct LedgerSchema: Sendable {
  private let pool: Pool

  /// The schema of the database of `pool`.
  package init(_ pool: Pool) {
    self.pool = pool
  }

  /// Whether there is no table in it.
  /// - Throws: `PostgresError`.
  package func isEmpty() async throws -> Bool {
    try await pool.first(
      "SELECT NOT EXISTS (SELECT FROM pg_tables WHERE schemaname = 'public') AS is_empty"
    ) { row in try row.decode("is_empty", as: Bool.self) } ?? true
  }

  /// How many other sessions work on the database as `name`.
  /// - Throws: `PostgresError`.
  package func sessions(of name: String) async throws -> Int {
    try await pool.first(
      """
      SELECT count(*) AS count FROM pg_stat_activity
      WHERE datname = current_database() AND application_name = \(name)
      """
    ) { row in try row.decode("count", as: Int.self) } ?? 0
  }

  /// Puts the schema aside and an empty one in its place.
  /// - Throws: `PostgresError`, when the role may not do that too.
  package func putAside() async throws {
    try await pool.transaction { session in
      try await session.execute("ALTER SCHEMA public RENAME TO laurel_put_aside")
      try await session.execute("CREATE SCHEMA public")
    }
  }

  /// Puts the schema that was put aside back in its place; what stands there is lost.
  /// - Throws: `PostgresError`.
  package func takeBack() async throws {
    try await pool.transaction { session in
      try await session.execute("DROP SCHEMA public CASCADE")
      try await session.execute("ALTER SCHEMA laurel_put_aside RENAME TO public")
    }
  }

  /// Drops the schema that was put aside.
  /// - Throws: `PostgresError`.
  package func dropAside() async throws {
    try await pool.execute("DROP SCHEMA laurel_put_aside CASCADE")
  }
}
