import Postgres
import Testing

@Suite struct TransactionTests {
  private struct Refused: Error {}

  private func withTable(_ body: (Pool) async throws -> Void) async throws {
    try await TestDatabase.withPool { pool in
      try await pool.execute("CREATE TABLE t (n int8 UNIQUE DEFERRABLE INITIALLY DEFERRED)")
      try await body(pool)
    }
  }

  private func count(_ pool: Pool) async throws -> Int? {
    try await pool.first("SELECT count(*) FROM t") { try $0.decode(0, as: Int.self) }
  }

  @Test func commits() async throws {
    try await withTable { pool in
      let inside = try await pool.transaction { transaction in
        try await transaction.execute("INSERT INTO t VALUES (\(1))")
        try await transaction.execute("INSERT INTO t VALUES (\(2))")
        return try await transaction.first("SELECT count(*) FROM t") {
          try $0.decode(0, as: Int.self)
        }
      }
      #expect(inside == 2)
      #expect(try await count(pool) == 2)
    }
  }

  @Test func rollsBackWhenTheBodyThrows() async throws {
    try await withTable { pool async throws in
      await #expect(throws: Refused.self) {
        try await pool.transaction { transaction in
          try await transaction.execute("INSERT INTO t VALUES (\(1))")
          throw Refused()
        }
      }
      #expect(try await count(pool) == 0)
      #expect(pool.statistics == .init(open: 1, idle: 1, waiting: 0))
    }
  }

  @Test func aSwallowedErrorDoesNotCommit() async throws {
    try await withTable { pool async throws in
      let error = await postgresError {
        try await pool.transaction { transaction in
          try await transaction.execute("INSERT INTO t VALUES (\(1))")
          _ = try? await transaction.execute("SELECT 1 / \(0)")
        }
      }
      #expect(error?.code == .transactionAborted)
      #expect(try await count(pool) == 0)
    }
  }

  @Test func aCommitThatIsRefused() async throws {
    try await withTable { pool async throws in
      let error = await postgresError {
        try await pool.transaction { transaction in
          try await transaction.execute("INSERT INTO t VALUES (\(1)), (\(1))")
        }
      }
      #expect(error?.isUniqueViolation(of: "t_n_key") == true)
      #expect(try await count(pool) == 0)
      #expect(pool.statistics.idle == 1)
    }
  }

  @Test func aConnectionLostDuringCommitLeavesTheOutcomeUnknown() async throws {
    try await withTable { pool in
      // A deferred trigger keeps COMMIT busy for long enough to be interrupted.
      try await pool.withConnection { connection in
        try await connection.script(
          """
          CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN PERFORM pg_sleep(15); RETURN NULL; END $$;
          CREATE CONSTRAINT TRIGGER slow AFTER INSERT ON t DEFERRABLE INITIALLY DEFERRED
            FOR EACH ROW EXECUTE FUNCTION slow();
          """)
      }
      async let outcome = postgresError {
        try await pool.transaction { try await $0.execute("INSERT INTO t VALUES (\(1))") }
      }
      let ended = try await eventually {
        try await pool.execute(
          """
          SELECT pg_terminate_backend(pid) FROM pg_stat_activity
          WHERE datname = current_database() AND query = 'COMMIT' AND state = 'active'
          """) == 1
      }
      #expect(ended)
      let error = await outcome
      #expect(error?.code == .outcomeUnknown)
      #expect(error?.isRetryable == false)
    }
  }

  @Test func aConnectionLostBeforeCommitIsKnownToBeRolledBack() async throws {
    try await withTable { pool async throws in
      let error = await postgresError {
        try await pool.transaction { transaction in
          try await transaction.execute("INSERT INTO t VALUES (\(1))")
          let process = try await transaction.first("SELECT pg_backend_pid()") {
            try $0.decode(0, as: Int32.self)
          }
          try await pool.execute("SELECT pg_terminate_backend(\(process), 5000)")
        }
      }
      #expect(error?.code == .connectionLost)
      #expect(try await count(pool) == 0)
    }
  }

  @Test func aTransactionIsOverWhenItsBodyIs() async throws {
    try await withTable { pool in
      let kept = try await pool.transaction { $0 }
      let error = await postgresError { try await kept.execute("INSERT INTO t VALUES (\(1))") }
      #expect(error?.code == .closed)
    }
  }

  @Test func transactionsDoNotNestOrMix() async throws {
    try await withTable { pool in
      try await pool.withConnection { connection in
        try await connection.transaction { transaction in
          let nested = await postgresError { try await connection.transaction { _ in } }
          #expect(nested?.code == .protocolViolation)
          let beside = await postgresError { try await connection.execute("SELECT 1") }
          #expect(beside?.code == .protocolViolation)
          try await transaction.execute("INSERT INTO t VALUES (\(1))")
        }
      }
      #expect(try await count(pool) == 1)
    }
  }

  @Test func aStatementMayNotEndTheTransaction() async throws {
    try await withTable { pool async throws in
      let error = await postgresError {
        try await pool.transaction { try await $0.script("COMMIT") }
      }
      #expect(error?.code == .protocolViolation)
      #expect(try await count(pool) == 0)
    }
  }

  @Test func isolationLevels() async throws {
    try await withTable { pool in
      for level in [IsolationLevel.readCommitted, .repeatableRead, .serializable] {
        let shown = try await pool.transaction(isolation: level) { transaction in
          try await transaction.first("SHOW transaction_isolation") {
            try $0.decode(0, as: String.self)
          }
        }
        #expect(shown?.uppercased() == level.rawValue)
      }
    }
  }

  @Test func writeSkewIsRefusedAndRetryable() async throws {
    try await withTable { pool in
      let error = await postgresError {
        try await pool.transaction(isolation: .serializable) { first in
          _ = try await first.execute("SELECT * FROM t")
          try await pool.transaction(isolation: .serializable) { second in
            _ = try await second.execute("SELECT * FROM t")
            try await second.execute("INSERT INTO t VALUES (\(2))")
          }
          try await first.execute("INSERT INTO t VALUES (\(1))")
        }
      }
      #expect(error?.sqlState == "40001")
      #expect(error?.isRetryable == true)
    }
  }

  @Test func aConnectionLeftInATransactionIsDropped() async throws {
    try await withTable { pool in
      try await pool.withConnection { connection in
        try await connection.script("BEGIN; INSERT INTO t VALUES (1)")
      }
      #expect(pool.statistics.open == 0)
      #expect(try await count(pool) == 0)
    }
  }
}
