import Postgres
import Testing

@Suite struct ErrorTests {
  @Test func theServersStateIsKeptAndItsValuesAreNot() async throws {
    try await TestDatabase.withPool { pool in
      try await pool.execute(
        """
        CREATE TABLE codes (
          code text CONSTRAINT codes_code_key UNIQUE, uses int CONSTRAINT codes_uses CHECK (uses > 0),
          owner text NOT NULL DEFAULT ''
        )
        """)
      let secret = "hunter2"
      try await pool.execute("INSERT INTO codes VALUES (\(secret), 1)")

      let unique = await postgresError {
        try await pool.execute("INSERT INTO codes VALUES (\(secret), 1)")
      }
      #expect(unique?.code == .server(sqlState: "23505"))
      #expect(unique?.sqlState == "23505")
      #expect(unique?.constraint == "codes_code_key")
      #expect(unique?.table == "codes")
      #expect(unique?.isUniqueViolation(of: "codes_code_key") == true)
      #expect(unique?.isUniqueViolation(of: "another") == false)
      #expect(unique?.isRetryable == false)
      #expect(
        unique?.description
          == "postgres server 23505: duplicate key value violates unique constraint "
          + "\"codes_code_key\", table codes, constraint codes_code_key")

      let check = await postgresError {
        try await pool.execute("INSERT INTO codes VALUES ('other', \(-5))")
      }
      #expect(check?.constraint == "codes_uses")

      for query: Query in [
        "SELECT \(secret)::int", "SELECT \(secret)::timestamptz", "SELECT \(secret)::uuid",
        "SELECT \(secret)::json", "SELECT \("[" + secret)::jsonb",
        "SELECT 1 WHERE 'a' ~ \("(" + secret)",
      ] {
        let error = await postgresError { try await pool.execute(query) }
        #expect(error?.sqlState?.hasPrefix("22") == true)
        #expect(error?.description.contains(secret) == false)
      }
      let division = await postgresError { try await pool.execute("SELECT 1 / \(0)") }
      #expect(division?.message == "division by zero")
    }
  }

  @Test func whatCanBeTriedAgain() {
    for state in ["40001", "40P01", "53300", "55P03", "57P01"] {
      #expect(PostgresError(.server(sqlState: state), "").isRetryable)
    }
    for state in ["23505", "42601", "22P02"] {
      #expect(!PostgresError(.server(sqlState: state), "").isRetryable)
    }
    for code: PostgresError.Code in [.connectionFailed, .connectionLost, .poolExhausted, .timeout] {
      #expect(PostgresError(code, "").isRetryable)
    }
    #expect(!PostgresError(.outcomeUnknown, "").isRetryable)
  }

  @Test func noServer() async throws {
    let configuration = try PostgresConfiguration(
      connectionString: "host=127.0.0.1 port=1 user=nobody password=hunter2")
    let error = await postgresError { try await Connection.connect(configuration) }
    #expect(error?.code == .connectionFailed)
    #expect(error?.isRetryable == true)
    #expect(error?.description.contains("hunter2") == false)
    #expect(error?.message.contains("127.0.0.1") == true)
  }
}
