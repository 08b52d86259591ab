import NIOConcurrencyHelpers
import Postgres
import Testing

@Suite struct PoolTests {
  @Test func waitersAreServedInTheOrderOfTheirArrival() async throws {
    try await TestDatabase.withPool(size: 1, wait: .seconds(60)) { pool in
      let order = NIOLockedValueBox<[Int]>([])
      try await withThrowingTaskGroup { group in
        try await pool.withConnection { connection in
          for number in 0..<20 {
            group.addTask {
              try await pool.withConnection { connection in
                order.withLockedValue { $0.append(number) }
                try await connection.execute("SELECT 1")
              }
            }
            #expect(try await eventually { pool.statistics.waiting == number + 1 })
          }
          try await connection.execute("SELECT 1")
        }
        try await group.waitForAll()
      }
      #expect(order.withLockedValue { $0 } == Array(0..<20))
      #expect(pool.statistics == .init(open: 1, idle: 1, waiting: 0))
    }
  }

  @Test func theWaitIsBounded() async throws {
    try await TestDatabase.withPool(size: 2, wait: .milliseconds(100)) { pool in
      try await pool.withConnection { _ in
        try await pool.withConnection { _ in
          let error = await postgresError { try await pool.execute("SELECT 1") }
          #expect(error?.code == .poolExhausted)
          #expect(error?.message == "all 2 connections stayed in use for 0.1 seconds")
          #expect(error?.isRetryable == true)
          #expect(pool.statistics == .init(open: 2, idle: 0, waiting: 0))
        }
      }
      #expect(pool.statistics == .init(open: 2, idle: 2, waiting: 0))
      #expect(try await pool.execute("SELECT 1") == 1)
    }
  }

  @Test func aCancelledWaiterLeavesTheQueue() async throws {
    try await TestDatabase.withPool(size: 1) { pool in
      try await pool.withConnection { _ async throws in
        let waiter = Task { await postgresError { try await pool.execute("SELECT 1") } }
        #expect(try await eventually { pool.statistics.waiting == 1 })
        waiter.cancel()
        #expect(await waiter.value?.code == .cancelled)
        #expect(pool.statistics.waiting == 0)
        let late = Task {
          unsafe withUnsafeCurrentTask { unsafe $0?.cancel() }
          return await postgresError { try await pool.execute("SELECT 1") }
        }
        #expect(await late.value?.code == .cancelled)
      }
      #expect(try await pool.execute("SELECT 1") == 1)
    }
  }

  @Test func aBrokenConnectionIsReplaced() async throws {
    try await TestDatabase.withPool(size: 2) { pool in
      let process: Query = "SELECT pg_backend_pid()"
      // Broken while it is idle: the next caller does not notice.
      let first = try await pool.first(process) { try $0.decode(0, as: Int32.self) }
      try await TestDatabase.withConnection { connection in
        try await connection.execute("SELECT pg_terminate_backend(\(first), 5000)")
      }
      let second = try await pool.first(process) { try $0.decode(0, as: Int32.self) }
      #expect(second != nil && second != first)
      #expect(pool.statistics == .init(open: 1, idle: 1, waiting: 0))

      // Broken while it works: that caller is told.
      async let outcome = postgresError { try await pool.execute("SELECT pg_sleep(15)") }
      try await TestDatabase.withConnection { connection in
        let ended = try await eventually {
          try await connection.execute(
            """
            SELECT pg_terminate_backend(pid) FROM pg_stat_activity
            WHERE pid = \(second) AND state = 'active' AND query LIKE '%pg_sleep(15)%'
            """) == 1
        }
        #expect(ended)
      }
      let error = await outcome
      #expect(error?.code == .connectionLost)
      #expect(error?.sqlState == "57P01")
      #expect(error?.isRetryable == true)
      #expect(pool.statistics.open == 0)
      #expect(try await pool.execute("SELECT 1") == 1)
    }
  }

  @Test func aSlotIsPassedOnWhenNoConnectionCanBeMade() async throws {
    let configuration = try PostgresConfiguration(
      connectionString: "host=127.0.0.1 port=1", poolSize: 1, poolWait: .seconds(60))
    let pool = Pool(configuration)
    let codes = await withTaskGroup { group in
      for _ in 0..<10 {
        group.addTask { await postgresError { try await pool.execute("SELECT 1") }?.code }
      }
      return await group.reduce(into: []) { $0.append($1) }
    }
    #expect(codes == Array(repeating: .connectionFailed, count: 10))
    #expect(pool.statistics == .init(open: 0, idle: 0, waiting: 0))
  }

  @Test func neverMoreConnectionsThanAllowed() async throws {
    try await TestDatabase.withPool(size: 3, wait: .seconds(20)) { pool in
      let most = try await withThrowingTaskGroup { group in
        for number in 0..<200 {
          group.addTask {
            #expect(pool.statistics.open <= 3)
            // Some connections break on the way.
            if number % 20 == 0 {
              _ = await postgresError {
                try await pool.execute("SELECT pg_terminate_backend(pg_backend_pid())")
              }
            }
            return try await pool.first(
              """
              SELECT count(*) FROM pg_stat_activity
              WHERE datname = current_database() AND application_name = 'laurel-tests'
              """
            ) { try $0.decode(0, as: Int.self) } ?? 0
          }
        }
        return try await group.reduce(0, max)
      }
      // Each of the 10 sessions that were ended may be listed for a moment more.
      #expect((1...13).contains(most))
      #expect(pool.statistics.open <= 3)
      #expect(pool.statistics.open == pool.statistics.idle)
    }
  }

  @Test func closingWaitsForTheLeases() async throws {
    try await TestDatabase.withPool(size: 1) { pool in
      try await pool.execute("SELECT 1")
      async let slow = pool.execute("SELECT pg_sleep(3)")
      #expect(try await eventually { pool.statistics.idle == 0 })
      async let waiting = postgresError { try await pool.execute("SELECT 1") }
      #expect(try await eventually { pool.statistics.waiting == 1 })
      #expect(await pool.close(within: .seconds(20)) == 0)
      #expect(await waiting?.code == .closed)
      #expect(try await slow == 1)
      #expect(await postgresError { try await pool.execute("SELECT 1") }?.code == .closed)
      #expect(pool.statistics == .init(open: 0, idle: 0, waiting: 0))
    }
  }

  @Test func closingDoesNotWaitForEver() async throws {
    try await TestDatabase.withPool(size: 1) { pool in
      try await pool.execute("SELECT 1")
      async let slow = postgresError { try await pool.execute("SELECT pg_sleep(15)") }
      #expect(try await eventually { pool.statistics.idle == 0 })
      let start = ContinuousClock.now
      let late = await pool.close(within: .milliseconds(100))
      let error = await slow
      #expect(start.duration(to: .now) < .seconds(8))
      #expect(late == 1)
      #expect(error?.code == .closed)
      #expect(try await eventually { pool.statistics.open == 0 })
    }
  }
}
