import Postgres
import Testing

@Suite struct QueryTests {
  @Test func valuesBecomeNumbers() {
    let (name, age): (String, Int?) = ("x", nil)
    let query: Query = "SELECT \(name), \(age) WHERE \([1, 2]) IS NOT NULL"
    #expect(query.sql == "SELECT $1, $2 WHERE $3 IS NOT NULL")
    #expect(query.binds.map(\.type) == [.text, .int8, .int8Array])
    #expect(query.binds.map(\.length) == [1, nil, 20 + 2 * 12])
    let literal: Query = "SELECT 1"
    #expect(literal.sql == "SELECT 1")
    #expect(Query(text: "SELECT 2").binds.isEmpty)
  }

  @Test func aValueIsNeverPartOfTheStatement() async throws {
    try await TestDatabase.withPool { pool in
      try await pool.execute("CREATE TABLE customers (name text)")
      let name = "'); DROP TABLE customers; --"
      try await pool.execute("INSERT INTO customers VALUES (\(name))")
      let names = try await pool.rows("SELECT name FROM customers WHERE name = \(name)") {
        try $0.decode("name", as: String.self)
      }
      #expect(names == [name])
    }
  }

  @Test func nulIsRefusedBeforeSending() async throws {
    try await TestDatabase.withConnection { connection async throws in
      for query: Query in ["SELECT \("a\0b")", "SELECT \(["a", "\0"])", "SELECT \(JSONText("\0"))"]
      {
        let error = await postgresError { try await connection.execute(query) }
        #expect(error?.code == .encoding)
        #expect(error?.message == "a text contains U+0000, which PostgreSQL cannot store")
      }
      let text = await postgresError { try await connection.script("SELECT 1; \0 SELECT 2") }
      #expect(text?.code == .encoding)
      #expect(try await connection.execute("SELECT \("still usable")") == 1)
    }
  }

  @Test func moreValuesThanAStatementTakes() async throws {
    var interpolation = Query.StringInterpolation(literalCapacity: 0, interpolationCount: 0)
    for _ in 0...65_535 { interpolation.appendInterpolation(true) }
    let query = Query(stringInterpolation: interpolation)
    let error = try await TestDatabase.withConnection { connection in
      await postgresError { try await connection.execute(query) }
    }
    #expect(error?.code == .encoding)
  }

  @Test func affectedRows() async throws {
    try await TestDatabase.withPool { pool async throws in
      #expect(try await pool.execute("CREATE TABLE t (n int8)") == 0)
      #expect(try await pool.execute("INSERT INTO t SELECT unnest(\([1, 2, 3]))") == 3)
      #expect(try await pool.execute("UPDATE t SET n = n + 1 WHERE n > \(1)") == 2)
      #expect(try await pool.execute("DELETE FROM t WHERE n = \(99)") == 0)
      #expect(
        try await pool.first("SELECT n FROM t WHERE false") { try $0.decode(0, as: Int.self) }
          == nil)
      #expect(try await pool.execute("") == 0)
    }
  }

  /// Both indexes seem as good as each other while the table is small, and the newer one is taken.
  @Test func aPlanForASmallTableIsNotKeptForALargeOne() async throws {
    try await TestDatabase.withPool(size: 1) { pool async throws in
      try await pool.execute(
        """
        CREATE TABLE t (a int8, b int8, c char(500), PRIMARY KEY (a, b))
        WITH (autovacuum_enabled = false)
        """)
      try await pool.execute("CREATE INDEX ON t (a)")
      @Sendable func find(_ session: any PostgresSession) async throws {
        _ = try await session.rows("SELECT c FROM t WHERE a = \(1) AND b = \(7)") { _ in }
      }
      /// How many entries of the indexes one search reads.
      func read() async throws -> Int? {
        let count: Query = """
          SELECT sum(pg_stat_get_xact_tuples_returned(indexrelid))::int8
          FROM pg_index WHERE indrelid = 't'::regclass
          """
        return try await pool.transaction { session in
          let before = try await session.first(count) { try $0.decode(0, as: Int.self) }
          try await find(session)
          let after = try await session.first(count) { try $0.decode(0, as: Int.self) }
          return before.flatMap { before in after.map { $0 - before } }
        }
      }
      for _ in 1...10 { try await find(pool) }
      try await pool.execute(
        "INSERT INTO t SELECT 1, n, '' FROM generate_series(1, \(5_000)) AS n")
      #expect(try await read() == 5_000)
      for _ in 1...300 { try await find(pool) }
      #expect(try await read() == 1)
    }
  }

  @Test func aBatchOfBodies() async throws {
    try await TestDatabase.withPool { pool in
      try await pool.execute("CREATE TABLE inbox (id int8 PRIMARY KEY, body bytea)")
      let bodies = (0..<256).map { [UInt8](repeating: UInt8($0), count: 4096) }
      let ids = Array(0..<256)
      let query: Query = """
        INSERT INTO inbox SELECT * FROM unnest(\(ids), \(bodies)) ON CONFLICT DO NOTHING
        """
      #expect(try await pool.execute(query) == 256)
      #expect(try await pool.execute(query) == 0)
      let stored = try await pool.rows("SELECT body FROM inbox ORDER BY id") {
        try $0.decode("body", as: [UInt8].self)
      }
      #expect(stored == bodies)
    }
  }
}
