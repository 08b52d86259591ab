import Domain
import FoundationEssentials
import Ledger
import Logging
import NIOConcurrencyHelpers
import Postgres
import Sandbox
import Testing
import Work

/// Leases that are renewed, and attempts that count what failed.
@Suite struct LeaseTests {
  @Test func aStoreThatIsSlowerThanTheLeaseIsAskedOnce() async throws {
    try await TestShop.open(environment: ["LAUREL_LEASE_SECONDS": "1"]) { shop async throws in
      let rewards = try await IssueTests.issue(shop) { store in
        await store.inject([.delay(.seconds(3))], on: "giftCardCreate")
        await store.inject([.delay(.seconds(3))], on: "order")
      }.rewards
      #expect(rewards.map(\.status) == ["issued"])
      #expect(await shop.sandbox.calls["giftCardCreate"] == 1)
      // Once for the order, and once for what the rules ask of it.
      #expect(await shop.sandbox.calls["order"] == 2)
      try await shop.eventually("something is still under way") {
        try await shop.count("SELECT count(*) AS count FROM runs") == 0
      }
    }
  }

  @Test func twentyDeathsCountForNoAttempt() async throws {
    try await TestShop.open(environment: ["LAUREL_ROLLOUT": "off"]) { shop async throws in
      _ = try await IssueTests.issue(shop, settles: false) { _ in }
      try await shop.waitForRewards(1, .pending)
      let rewards = RewardRepository(shop.pool)
      var last: RewardRepository.Claim?
      for _ in 1...20 {
        let claims = try await rewards.claimOwed(
          store: shop.store, rollout: .all, limit: 5, lease: .milliseconds(1))
        #expect(claims.count == 1)
        last = claims.first
        try await Task.sleep(for: .milliseconds(5))
      }
      let claim = try #require(last)
      // The backoff is that of a first failure.
      #expect(claim.attempts == 1 && claim.epoch == 20)
      try await rewards.putBack(store: shop.store, claim, after: .zero, error: "500")
      #expect(try await shop.count("SELECT attempts AS count FROM rewards") == 1)
      let next = try await rewards.claimOwed(
        store: shop.store, rollout: .all, limit: 5, lease: .seconds(60))
      #expect(next.map(\.attempts) == [2])
    }
  }

  @Test func whatALivingProcessHasBegunIsClaimedByNobody() async throws {
    try await TestShop.open(environment: ["LAUREL_ROLLOUT": "off"]) { shop async throws in
      _ = try await IssueTests.issue(shop, settles: false) { _ in }
      try await shop.waitForRewards(1, .pending)
      let id = try #require(try await shop.rewardIDs().first)
      let runs = RunRepository(shop.pool)
      let (worker, other) = (UUID(), UUID())
      func claimed() async throws -> Int {
        try await RewardRepository(shop.pool).claimOwed(
          store: shop.store, rollout: .all, limit: 5, lease: .milliseconds(1)
        ).count
      }
      #expect(
        try await runs.begin(
          store: shop.store, stage: "issue", keys: [id], worker: worker, lease: .seconds(60))
          == [id: .together])
      #expect(try await claimed() == 0)
      // Nobody else can begin it, and a claim of another stage is another matter.
      #expect(
        try await runs.begin(
          store: shop.store, stage: "issue", keys: [id], worker: other, lease: .seconds(60)) == [:])
      #expect(
        try await runs.end(store: shop.store, stage: "issue", key: id, worker: worker))
      #expect(try await claimed() == 1)
    }
  }

  @Test func aDeathIsTakenBackWhenTheProcessIsSeenAgain() async throws {
    try await TestShop.open(environment: ["LAUREL_ROLLOUT": "off"]) { shop async throws in
      let runs = RunRepository(shop.pool)
      let store = shop.store
      let (suspended, other) = (UUID(), UUID())
      let lease = Duration.seconds(1)
      func loneDeaths() async throws -> Int {
        try await shop.count(
          "SELECT coalesce(sum(cardinality(lone_deaths)), -1) AS count FROM runs WHERE key = 'x'")
      }
      func bury() async throws -> [RunRepository.Remains] {
        try await shop.pool.transaction { session in
          try await RunRepository(session).renew(store: store, worker: other, lease: .seconds(60))
          return try await RunRepository(session).bury(store: store, worker: other)
        }
      }
      _ = try await runs.begin(
        store: store, stage: "test", keys: ["x"], worker: suspended, lease: lease)
      #expect(
        try await runs.markAlone(store: store, stage: "test", key: "x", worker: suspended))
      #expect(try await bury() == [])
      try await Task.sleep(for: .milliseconds(1500))
      // Whoever notices first: the service of the shop does so too.
      _ = try await bury()
      #expect(try await loneDeaths() == 1)
      try await runs.renew(store: store, worker: suspended, lease: lease)
      #expect(try await loneDeaths() == 0)
      // It may not run it any more, because it may be under way elsewhere by now.
      #expect(
        try await !runs.markAlone(store: store, stage: "test", key: "x", worker: suspended))
      // What comes to its end all the same has shown that it ends.
      #expect(
        try await runs.end(store: store, stage: "test", key: "x", worker: suspended))
    }
  }

  @Test func aDeathThatNothingExplainsAcquitsWhatWasBlamed() async throws {
    try await TestShop.open(environment: ["LAUREL_ROLLOUT": "off"]) { shop async throws in
      let store = shop.store
      try await shop.pool.execute(
        """
        INSERT INTO runs (store_id, stage, key, is_suspect, lone_deaths)
        VALUES (\(store.value), 'test', 'x', true, ARRAY[gen_random_uuid(), gen_random_uuid()])
        """)
      _ = try await RunRepository(shop.pool).begin(
        store: store, stage: "test", keys: ["y"], worker: UUID(), lease: .milliseconds(1))
      try await Task.sleep(for: .milliseconds(50))
      _ = try await shop.pool.transaction { session in
        try await RunRepository(session).bury(store: store, worker: UUID())
      }
      #expect(
        try await shop.count(
          """
          SELECT count(*) AS count FROM runs
          WHERE is_suspect AND worker_id IS NULL AND lone_deaths = '{}'
          """) == 2)
    }
  }

  @Test func whatDiedWithItsProcessRunsAlone() async throws {
    try await TestDatabase.with { database in
      try await database.withPool { pool in
        let store = try await StoreRepository(pool).connect(
          try #require(StoreAddress("http://store.example/graphql/")))
        try await pool.execute(
          """
          INSERT INTO runs (store_id, stage, key, worker_id)
          SELECT \(store.value), 'issue', 'x' || number, gen_random_uuid()
          FROM generate_series(1, 5) AS number
          """)
        let seen = try await Self.work(
          pool, store, ["issue": (1...5).map { "x\($0)" } + (1...40).map { "a\($0)" }],
          ["decide": (1...60).map { "b\($0)" }])
        #expect(seen.alone.sorted() == (1...5).map { "x\($0)" })
        #expect(seen.ended.count == 105 && Set(seen.ended).count == 105)
        #expect(seen.collisions == 0)
        // New work has gone on between the first and the last of them.
        let first = try #require(seen.ended.firstIndex { $0.hasPrefix("x") })
        let last = try #require(seen.ended.lastIndex { $0.hasPrefix("x") })
        #expect(seen.ended[first...last].contains { !$0.hasPrefix("x") })
        let left = try await pool.first("SELECT count(*) AS count FROM runs") { row in
          try row.decode("count", as: Int.self)
        }
        #expect(left == 0)
      }
    }
  }

  /// What was seen of work.
  private struct Sight: Sendable {
    var underWay: Set<String> = []
    var alone: [String] = []
    var collisions = 0
    var ended: [String] = []
  }

  /// Runs the jobs of two stages as one process does, until all have ended; jobs whose keys begin
  /// with x have to run alone.
  private static func work(
    _ pool: Pool, _ store: StoreID, _ stages: [String: [String]]...
  ) async throws -> Sight {
    let sight = NIOLockedValueBox(Sight())
    let log = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    let runs = Runs(
      pool: pool, store: store, lease: .seconds(1), gate: RunGate(turn: .zero), log: log)
    let queues = stages.flatMap { $0 }.map { name, keys in
      (name, NIOLockedValueBox(keys))
    }
    let number = queues.map { $0.1.withLockedValue { $0.count } }.reduce(0, +)
    try await withThrowingTaskGroup { group in
      group.addTask { try await runs.run() }
      // So that the dead are found before anything is claimed.
      try await Task.sleep(for: .milliseconds(500))
      for (name, queue) in queues {
        let stage = Stage(
          name: name, width: 4, interval: .milliseconds(20), wakeup: Wakeup(), runs: runs, log: log
        ) { limit in
          let keys = queue.withLockedValue { queue in
            defer { queue.removeFirst(min(limit, queue.count)) }
            return Array(queue.prefix(limit))
          }
          return keys.map { key in
            Stage.Job(key) {
              sight.withLockedValue { sight in
                let isLone = key.hasPrefix("x")
                if isLone { sight.alone.append(key) }
                if sight.underWay.contains(where: { $0.hasPrefix("x") || isLone }) {
                  sight.collisions += 1
                }
                sight.underWay.insert(key)
              }
              try? await Task.sleep(for: .milliseconds(10))
              sight.withLockedValue { sight in
                sight.underWay.remove(key)
                sight.ended.append(key)
              }
            }
          }
        }
        group.addTask { try await stage.run() }
      }
      let deadline = ContinuousClock.now + .seconds(30)
      while sight.withLockedValue({ $0.ended.count }) < number, ContinuousClock.now < deadline {
        try await Task.sleep(for: .milliseconds(20))
      }
      // The last ends are being noted.
      try await Task.sleep(for: .milliseconds(300))
      group.cancelAll()
    }
    return sight.withLockedValue { $0 }
  }
}
