import Ledger
import Postgres
import Sandbox
import Testing

/// How bodies lie in the database.
@Suite struct BodyStorageTests {
  /// How each body is compressed, those of before first.
  private static func methods(_ pool: Pool) async throws -> [String?] {
    try await pool.rows(
      "SELECT pg_column_compression(body) AS method FROM inbox_bodies ORDER BY octet_length(body)"
    ) { row in try row.decode("method", as: String?.self) }
  }

  @Test func bodiesAreCompressedWithTheQuickestMethodOfTheServer() async throws {
    try await TestShop.open { shop async throws in
      let hasQuickOne = try await shop.pool.first(
        """
        SELECT 'lz4' = ANY (enumvals) AS has FROM pg_settings
        WHERE name = 'default_toast_compression'
        """
      ) { row in try row.decode("has", as: Bool.self) }
      var order = DecisionTests.paid(1, email: "bob@example.com")
      order.fields["padding"] = .string(String(repeating: "x", count: 4096))
      _ = try await shop.deliver(shop.body(.orderFullyPaid, order))
      #expect(try await Self.methods(shop.pool) == [hasQuickOne == true ? "lz4" : "pglz"])
    }
  }

  @Test func bodiesOfBeforeStayAsTheyAre() async throws {
    try await TestDatabase.with { database in
      try await database.withPool { pool async throws in
        let migrator = try Migrator(migrations: LedgerMigrations.all)
        let place = try #require(
          LedgerMigrations.all.firstIndex { $0.name.hasSuffix("compress_quickly") })
        let bodies = [4000, 5000].map { [UInt8](repeating: 7, count: $0) }
        let insert = { @Sendable (number: Int) async throws in
          _ = try await pool.execute(
            """
            INSERT INTO inbox_bodies (store_id, event_id, body)
            VALUES (1, sha256(\(bodies[number])), \(bodies[number]))
            """)
        }
        _ = try await migrator.down(pool, steps: LedgerMigrations.all.count - place)
        try await insert(0)
        _ = try await migrator.up(pool)
        try await insert(1)
        #expect(try await Self.methods(pool).first == "pglz")
        let stored = try await pool.rows(
          "SELECT body FROM inbox_bodies ORDER BY octet_length(body)"
        ) {
          row in try row.decode("body", as: [UInt8].self)
        }
        #expect(stored == bodies)
      }
    }
  }
}
