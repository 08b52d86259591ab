import Postgres
import ProcessTesting
import Testing

/// Statements that are cancelled, that take too long, and servers that fall silent. One after the
/// other: a cancel request to a server that is stopped holds up those that follow it.
@Suite(.serialized) struct ServerTests {
  @Test func aStatementThatTakesTooLong() async throws {
    try await TestDatabase.withConnection(statementTimeout: .milliseconds(200)) {
      connection async throws in
      let error = await postgresError { try await connection.execute("SELECT pg_sleep(15)") }
      #expect(error?.code == .timeout)
      #expect(error?.sqlState == "57014")
      #expect(error?.isRetryable == true)
      #expect(try await connection.execute("SELECT 1") == 1)
    }
  }

  @Test func aServerThatIgnoresItsOwnTimeout() async throws {
    try await TestDatabase.withConnection(
      statementTimeout: .milliseconds(100), replyGrace: .milliseconds(200)
    ) { connection in
      try await connection.execute("SET statement_timeout = 0")
      let start = ContinuousClock.now
      let error = await postgresError { try await connection.execute("SELECT pg_sleep(15)") }
      #expect(error?.code == .connectionLost)
      #expect(error?.message == "the server did not answer in time")
      #expect(start.duration(to: .now) < .seconds(8))
      #expect(await postgresError { try await connection.execute("SELECT 1") }?.code == .closed)
    }
  }

  @Test func aCancelledTaskCancelsItsStatement() async throws {
    try await TestDatabase.withConnection { connection in
      for _ in 0..<10 {
        let task = Task {
          await postgresError { try await connection.execute("SELECT pg_sleep(15)") }
        }
        try await Task.sleep(for: .milliseconds(20))
        task.cancel()
        let start = ContinuousClock.now
        let error = await task.value
        #expect(error?.code == .cancelled)
        #expect(error?.isRetryable == false)
        #expect(start.duration(to: .now) < .seconds(8))
        #expect(try await connection.execute("SELECT 1") == 1)
      }
    }
  }

  @Test func aCancellationAtAnyMomentHitsNoOtherStatement() async throws {
    try await TestDatabase.withConnection { connection in
      for round in 0..<200 {
        let task = Task {
          await postgresError { try await connection.execute("SELECT pg_sleep(0.001)") }
        }
        try await Task.sleep(for: .microseconds(round * 20))
        task.cancel()
        // The statement may have been done first.
        #expect([.none, .cancelled].contains(await task.value?.code))
        #expect(try await connection.execute("SELECT \(round), pg_sleep(0.0002)") == 1)
      }
    }
  }

  @Test func aCancelledTransactionIsRolledBack() async throws {
    try await TestDatabase.withPool(size: 1) { pool in
      try await pool.execute("CREATE TABLE t (n int)")
      let task = Task {
        await postgresError {
          try await pool.transaction { transaction in
            try await transaction.execute("INSERT INTO t VALUES (1)")
            try await transaction.execute("SELECT pg_sleep(15)")
          }
        }
      }
      try await Task.sleep(for: .milliseconds(100))
      task.cancel()
      #expect(await task.value?.code == .cancelled)
      #expect(try await pool.execute("SELECT * FROM t") == 0)
      #expect(pool.statistics == .init(open: 1, idle: 1, waiting: 0))
    }
  }

  @Test func oneWhoseAnswerIsLeftBehindIsNotLeasedAgain() async throws {
    try await TestDatabase.withConnection { connection in
      let error = await postgresError { try await connection.execute("COPY (SELECT 1) TO STDOUT") }
      #expect(error?.code == .protocolViolation)
      #expect(await postgresError { try await connection.execute("SELECT 1") }?.code == .closed)
    }
  }

  @Test func preparedStatementsSurviveSurprises() async throws {
    try await TestDatabase.withPool(size: 1) { pool in
      try await pool.execute("CREATE TABLE t (n int)")
      try await pool.execute("INSERT INTO t VALUES (7)")
      let query: Query = "SELECT * FROM t WHERE n > \(0)"
      #expect(try await pool.execute(query) == 1)
      try await pool.withConnection { try await $0.script("DEALLOCATE ALL") }
      #expect(try await pool.execute(query) == 1)
      try await pool.withConnection { try await $0.script("ALTER TABLE t ADD COLUMN m int") }
      let columns = try await pool.first(query) { try $0.decode("m", as: Int?.self) }
      #expect(columns == .some(.none))
      // More statements than are kept.
      for number in 0..<600 {
        let value = try await pool.first(Query(text: "SELECT \(number)")) {
          try $0.decode(0, as: Int.self)
        }
        #expect(value == number)
      }
      let kept = try await pool.first("SELECT count(*) FROM pg_prepared_statements") {
        try $0.decode(0, as: Int.self)
      }
      #expect((1...256).contains(kept ?? 0))
      #expect(try await pool.execute(query) == 1)
    }
  }

  @Test func aServerThatFallsSilentHoldsNobody() async throws {
    try await PrivateServer.run { server in
      let configuration = try server.configuration(
        statementTimeout: .milliseconds(300), replyGrace: .milliseconds(500))
      let pool = Pool(configuration)
      let large = [UInt8](repeating: 7, count: 20_000_000)
      for query: Query in ["SELECT 1", "SELECT length(\(large))"] {
        #expect(try await pool.execute("SELECT 1") == 1)
        try await server.freeze()
        let start = ContinuousClock.now
        let error = await postgresError { try await pool.execute(query) }
        #expect(error?.code == .connectionLost)
        #expect(start.duration(to: .now) < .seconds(6))
        // Nor can a connection be made.
        #expect(await postgresError { try await pool.execute(query) }?.code == .connectionFailed)
        try await server.thaw()
        #expect(try await pool.execute("SELECT 2") == 1)
      }
      await pool.close()
    }
  }

  @Test func cancellingAtAServerThatFellSilentHoldsNobody() async throws {
    try await PrivateServer.run { server in
      let connection = try await Connection.connect(
        server.configuration(replyGrace: .milliseconds(500)))
      let task = Task {
        await postgresError { try await connection.execute("SELECT pg_sleep(15)") }
      }
      try await Task.sleep(for: .milliseconds(100))
      try await server.freeze()
      let start = ContinuousClock.now
      task.cancel()
      #expect(await task.value?.code == .connectionLost)
      #expect(start.duration(to: .now) < .seconds(6))
      try await server.thaw()
    }
  }

  @Test func aServerThatCrashesAndComesBack() async throws {
    try await PrivateServer.run { server in
      let pool = Pool(try server.configuration())
      #expect(try await pool.execute("SELECT 1") == 1)
      async let interrupted = postgresError { try await pool.execute("SELECT pg_sleep(15)") }
      try await Task.sleep(for: .milliseconds(200))
      try await server.kill()
      #expect(await interrupted?.code == .connectionLost)
      #expect(await postgresError { try await pool.execute("SELECT 1") }?.code == .connectionFailed)
      try await server.start()
      #expect(try await pool.execute("SELECT 1") == 1)
      await pool.close()
    }
  }

  @Test func oneRowQueriesPerSecond() async throws {
    try await TestDatabase.withConnection { connection in
      let start = ContinuousClock.now
      let count = 5000
      for number in 0..<count {
        let back = try await connection.first("SELECT \(number) AS number") {
          try $0.decode("number", as: Int.self)
        }
        #expect(back == number)
      }
      let seconds = start.duration(to: .now) / .seconds(1)
      print("one connection: \(Int(Double(count) / seconds)) one-row queries a second")
    }
  }
}
