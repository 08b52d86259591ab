import Postgres
import Testing

/// What the database's catalogue says of stores: every row belongs to one.
@Suite struct CatalogueTests {
  /// The tables that belong to no store: the list of stores, and that of migrations.
  static let common: Set<String> = ["stores", "schema_migrations"]

  @Test func everyTableBelongsToAStore() async throws {
    try await TestDatabase.with { database in
      try await database.withPool { pool in
        let tables = try await pool.rows(
          """
          SELECT relname::text AS name, EXISTS (
            SELECT FROM pg_attribute
            WHERE attrelid = pg_class.oid AND attname = 'store_id' AND attnotnull
          ) AS has_store
          FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
          """
        ) { row in
          (try row.decode("name", as: String.self), try row.decode("has_store", as: Bool.self))
        }
        #expect(tables.count > 10)
        #expect(Set(tables.filter { !$0.1 }.map(\.0)) == Self.common)
      }
    }
  }

  @Test func everyUniqueIndexBeginsWithTheStore() async throws {
    try await TestDatabase.with { database in
      try await database.withPool { pool in
        let indexes = try await pool.rows(
          """
          SELECT owner.relname::text AS name, index.relname::text AS index,
            coalesce(attname::text, '') AS first
          FROM pg_index
          JOIN pg_class AS owner ON owner.oid = indrelid
          JOIN pg_class AS index ON index.oid = indexrelid
          LEFT JOIN pg_attribute ON attrelid = indrelid AND attnum = indkey[0] AND attnum > 0
          WHERE owner.relnamespace = 'public'::regnamespace AND indisunique
          """
        ) { row in
          (
            table: try row.decode("name", as: String.self),
            index: try row.decode("index", as: String.self),
            first: try row.decode("first", as: String.self)
          )
        }
        #expect(indexes.count > 15)
        for index in indexes where !Self.common.contains(index.table) {
          #expect(index.first == "store_id", "\(index.table): \(index.index)")
        }
      }
    }
  }

  @Test func everyForeignKeyToAStoresTableNamesTheStore() async throws {
    try await TestDatabase.with { database in
      try await database.withPool { pool in
        let stray = try await pool.rows(
          """
          SELECT conname::text AS name FROM pg_constraint
          WHERE contype = 'f' AND connamespace = 'public'::regnamespace
            AND confrelid <> 'stores'::regclass
            AND NOT EXISTS (
              SELECT FROM pg_attribute
              WHERE attrelid = conrelid AND attnum = ANY (conkey) AND attname = 'store_id')
          """
        ) { row in try row.decode("name", as: String.self) }
        #expect(stray == [])
      }
    }
  }
}
