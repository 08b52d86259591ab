import Domain
import FoundationEssentials
import Ledger
import Logging
import NIOConcurrencyHelpers
import Postgres
import Sandbox
import Testing
import Work

/// How many jobs a stage has under way, and how they are claimed and ended.
@Suite struct StageTests {
  @Test func aStoreThatAnswersSlowlyIsAskedForSixtyFourThingsAtOnce() async throws {
    try await TestShop.withRules("") { shop, _ async throws in
      await shop.sandbox.set(latency: .milliseconds(300))
      try await shop.tell((1...160).map { TestShop.order($0, of: 20) })
      try await shop.awaitDecisions(160)
      await shop.sandbox.set(latency: .zero)
      try await shop.settle()
      #expect(await shop.sandbox.mostAtOnce == 64)
      #expect(await shop.sandbox.cards.count == 160)
      #expect(await shop.sandbox.calls["giftCardCreate"] == 160)
      try await shop.eventually("something is still under way") {
        try await shop.count("SELECT count(*) AS count FROM runs") == 0
      }
    }
  }

  @Test func itBeginsWithFewJobsAndSoonHasAll() async throws {
    let seen = try await Self.work(jobs: 400, width: 64, each: .milliseconds(100))
    // Never more than those that have ended, and the first two.
    #expect(seen.began.allSatisfy { $0.underWay <= min(64, $0.ended + 2) })
    #expect(seen.began.map(\.underWay).max() == 64)
    #expect(seen.left == 0)
  }

  @Test func oneClaimTakesSeveralAndOneStatementEndsSeveral() async throws {
    let seen = try await Self.work(jobs: 400, width: 64, each: .milliseconds(100))
    #expect(seen.claims < 100)
    // Ended one by one they would be as many statements as jobs.
    #expect(seen.endings < 200)
  }

  /// What was seen of work.
  private struct Sight: Sendable {
    /// How many were under way when one began, it included, and how many had ended by then.
    var began: [(underWay: Int, ended: Int)] = []
    var underWay = 0
    var ended = 0
    /// How many claims gave jobs.
    var claims = 0
    /// How many statements ended jobs.
    var endings = 0
    /// How much the ledger takes for work under way at the end.
    var left = 0
  }

  /// Runs so many jobs through one stage; each takes `duration`.
  private static func work(jobs: Int, width: Int, each duration: Duration) async throws -> Sight {
    let sight = NIOLockedValueBox(Sight())
    try await TestDatabase.with { database in
      try await database.withPool { pool in
        let store = try await StoreRepository(pool).connect(
          try #require(StoreAddress("http://store.example/graphql/")))
        try await pool.execute("CREATE TABLE endings (count int8)")
        try await pool.execute(
          """
          CREATE FUNCTION note_ending() RETURNS trigger LANGUAGE plpgsql AS
            'BEGIN INSERT INTO endings SELECT count(*) FROM ended HAVING count(*) > 0;
              RETURN NULL; END'
          """)
        try await pool.execute(
          """
          CREATE TRIGGER ending AFTER DELETE ON runs REFERENCING OLD TABLE AS ended
          FOR EACH STATEMENT EXECUTE FUNCTION note_ending()
          """)
        let queue = NIOLockedValueBox((1...jobs).map { "job \($0)" })
        let log = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let runs = Runs(
          pool: pool, store: store, lease: .seconds(60), gate: RunGate(), log: log)
        let stage = Stage(
          name: "test", width: width, interval: .milliseconds(20), wakeup: Wakeup(), runs: runs,
          log: log
        ) { limit in
          let keys = queue.withLockedValue { queue in
            defer { queue.removeFirst(min(limit, queue.count)) }
            return Array(queue.prefix(limit))
          }
          if !keys.isEmpty { sight.withLockedValue { $0.claims += 1 } }
          return keys.map { key in
            Stage.Job(key) {
              sight.withLockedValue { sight in
                sight.underWay += 1
                sight.began.append((sight.underWay, sight.ended))
              }
              try? await Task.sleep(for: duration)
              sight.withLockedValue { sight in
                sight.underWay -= 1
                sight.ended += 1
              }
            }
          }
        }
        try await withThrowingTaskGroup { group in
          group.addTask { try await stage.run() }
          let deadline = ContinuousClock.now + .seconds(60)
          func left() async throws -> Int {
            try await pool.first("SELECT count(*) AS count FROM runs") { row in
              try row.decode("count", as: Int.self)
            } ?? 0
          }
          while ContinuousClock.now < deadline {
            if sight.withLockedValue({ $0.ended }) == jobs, try await left() == 0 { break }
            try await Task.sleep(for: .milliseconds(20))
          }
          let (open, counts) = (
            try await left(),
            try await pool.rows("SELECT count FROM endings") { row in
              try row.decode("count", as: Int.self)
            }
          )
          sight.withLockedValue { sight in
            sight.left = open
            sight.endings = counts.count
          }
          #expect(counts.reduce(0, +) == jobs)
          group.cancelAll()
        }
      }
    }
    return sight.withLockedValue { $0 }
  }
}
