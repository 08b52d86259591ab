import App
import FoundationEssentials
import Glibc
import ProcessTesting
import Sandbox
import Testing

/// The proof that every reward that is due is issued exactly once: one fault after the other on the
/// real `laurel serve`, a real PostgreSQL and the sandbox store, and afterwards a count at the
/// store, order by order.
@Suite(.serialized, CrashTable()) struct CrashTests {
  /// The programme under which every operation is sent.
  static let everyKind = ["REFERRAL_NEW_CUSTOMERS_ONLY": "true", "LAUREL_POLL_SECONDS": "1"]

  /// Waits until all is done, counts, and takes the result into the table.
  static func finish(
    _ fault: String, _ howOften: String, at shop: CrashShop, since start: ContinuousClock.Instant,
    within limit: Duration = .seconds(300)
  ) async throws {
    do {
      try await shop.settle(within: limit)
    } catch {
      Issue.record(error, "\(fault)")
    }
    // What the store still carries out although nobody waits for it.
    try await Task.sleep(for: .seconds(1))
    let count = try await shop.book.count(at: shop.sandbox)
    CrashTable.add(
      fault, howOften, count, since: start, stories: try await stories(of: count, at: shop))
  }

  /// What the ledger tells of the orders that were lost or doubled.
  static func stories(of count: OrderBook.Count, at shop: CrashShop) async throws -> String {
    var stories: [String] = []
    for order in (count.lost + count.doubled + count.activeAfterTakeBack).prefix(10) {
      stories.append(try await shop.story(of: order))
    }
    return stories.joined(separator: "\n")
  }

  /// Keeps several processes on one database for the time of `body`.
  static func withReplicas<Result: Sendable>(
    _ environments: [[String: String]], _ keepers: [Keeper] = [],
    _ body: @escaping @Sendable ([Keeper]) async throws -> Result
  ) async throws -> Result {
    guard let environment = environments.first else { return try await body(keepers) }
    return try await Keeper.with(environment: environment) { keeper in
      try await withReplicas(Array(environments.dropFirst()), keepers + [keeper], body)
    }
  }

  /// Has the store make its cards at once and answer late, so that whatever happens finds answers
  /// under way.
  static func slowDown(_ store: SandboxStore) async {
    await store.misbehave(
      SandboxMischief(
        seed: .random(in: .min ... .max),
        chances: [.init(.delay(.milliseconds(400)), probability: 0.7)],
        fields: ["giftCardCreate"]))
  }

  /// Places due orders, some at a time, and tells Laurel of them, until `isOver` says so.
  static func load(
    _ traffic: Traffic, ordersAtATime: Int = 5, until isOver: @Sendable () async -> Bool
  ) async throws {
    try await withThrowingTaskGroup { group in
      var underWay = 0
      while await !isOver() {
        var orders: [SandboxOrder] = []
        for _ in 0..<ordersAtATime { orders.append(await traffic.placeDueOrder()) }
        let placed = orders
        group.addTask {
          try await traffic.tell(of: placed)
          // The holds of some end while all this goes on; the database may be down.
          try? await traffic.shop.endHolds(percent: 20)
          // Before, during or after the issue.
          try await traffic.letFall(placed.filter { _ in Int.random(in: 0..<5) == 0 })
        }
        underWay += 1
        if underWay > 8 {
          try await group.next()
          underWay -= 1
        }
        try await Task.sleep(for: .milliseconds(250))
      }
      try await group.waitForAll()
    }
  }

  @Test(.timeLimit(.minutes(60))) func killAtRandomUnderLoad() async throws {
    let start = ContinuousClock.now
    let kills = CrashForm.pick(short: 5, long: 200)
    try await CrashShop.open { shop in
      try await Keeper.with(environment: shop.environment) { keeper in
        let traffic = Traffic(shop: shop, keepers: [keeper])
        try await traffic.issueAlicesCode()
        await Self.slowDown(shop.sandbox)
        async let loaded: Void = Self.load(traffic) { await keeper.kills >= kills }
        while await keeper.kills < kills {
          try await Task.sleep(for: .milliseconds(Int.random(in: 100...2000)))
          await keeper.kill()
        }
        try await loaded
        // What was under way at all these deaths runs one piece after the other.
        try await Self.finish(
          "SIGKILL at random under load", "\(kills)", at: shop, since: start,
          within: .seconds(1200))
      }
    }
  }

  @Test(.timeLimit(.minutes(30))) func theStoreLies() async throws {
    let start = ContinuousClock.now
    let orders = CrashForm.pick(short: 60, long: 1000)
    try await CrashShop.open { shop in
      try await Keeper.with(environment: shop.environment) { keeper in
        let traffic = Traffic(shop: shop, keepers: [keeper])
        try await traffic.issueAlicesCode()
        // The waits between attempts grow, so in the short form fewer have to be tried again often.
        let share = CrashForm.pick(short: 0.6, long: 1)
        let chances: [(SandboxFault, Double)] = [
          (.noAnswerAfterSave, 0.06), (.noAnswerBeforeSave, 0.05),
          (.late(.milliseconds(300)), 0.06),
          (.internalErrorAfterSave, 0.06), (.internalErrorBeforeSave, 0.05),
          (.httpStatus(500), 0.06), (.staleReads(1), 0.03), (.duplicateReportedAsUnique, 0.03),
          // Longer than a lease: another worker takes over while the answer is on its way.
          (.delay(.milliseconds(1500)), 0.03),
        ]
        await shop.sandbox.misbehave(
          SandboxMischief(
            seed: .random(in: .min ... .max),
            chances: chances.map { .init($0.0, probability: $0.1 * share) }))
        // Longer than the client waits: it hangs.
        await shop.sandbox.inject(
          [SandboxFault](
            repeating: .delay(.seconds(20)), count: CrashForm.pick(short: 1, long: 10)),
          on: "giftCardCreate")
        var placed: [SandboxOrder] = []
        for _ in 0..<orders { placed.append(await traffic.placeDueOrder()) }
        try await traffic.tell(of: placed)
        try await traffic.letFall(placed.filter { _ in Int.random(in: 0..<5) == 0 })
        try await Self.finish(
          "the store: lost answers, late applies, IntegrityError after the save, 500, hang, reset",
          "\(orders) orders", at: shop, since: start, within: .seconds(900))
      }
    }
  }

  @Test(.timeLimit(.minutes(10))) func postgresCrashesAndComesBack() async throws {
    let start = ContinuousClock.now
    let seconds = CrashForm.pick(short: 8, long: 60)
    try await CrashShop.open { shop in
      try await Keeper.with(environment: shop.environment) { keeper in
        let traffic = Traffic(shop: shop, keepers: [keeper])
        try await traffic.issueAlicesCode()
        await Self.slowDown(shop.sandbox)
        let end = ContinuousClock.now + .seconds(seconds)
        async let loaded: Void = Self.load(traffic) { ContinuousClock.now > end }
        var crashes = 0
        while ContinuousClock.now < end {
          try await Task.sleep(
            for: CrashForm.pick(
              short: .seconds(3), long: .milliseconds(Int.random(in: 3000...10_000))))
          try await shop.database.kill()
          try await shop.database.start()
          crashes += 1
        }
        try await loaded
        try await Self.finish(
          "PostgreSQL pg_ctl -m immediate + restart under load", "\(seconds) s: \(crashes)",
          at: shop, since: start)
      }
    }
  }

  @Test(.timeLimit(.minutes(10))) func postgresAndAWorkerStandStill() async throws {
    let start = ContinuousClock.now
    let times = CrashForm.pick(short: 1, long: 5)
    let pause = Duration.seconds(3 * CrashShop.leaseSeconds)
    try await CrashShop.open { shop in
      try await Self.withReplicas([shop.environment, shop.environment]) { keepers in
        let traffic = Traffic(shop: shop, keepers: keepers)
        try await traffic.issueAlicesCode()
        await Self.slowDown(shop.sandbox)
        for time in 0..<times {
          for stopsWorker in [true, false] {
            let end = ContinuousClock.now + pause + .seconds(2)
            async let loaded: Void = Self.load(traffic) { ContinuousClock.now > end }
            try await Task.sleep(for: .seconds(1))
            if stopsWorker {
              let process = await keepers[time % keepers.count].process
              process?.send(SIGSTOP)
              try await Task.sleep(for: pause)
              process?.send(SIGCONT)
            } else {
              try await shop.database.freeze()
              try await Task.sleep(for: pause)
              try await shop.database.thaw()
            }
            try await loaded
          }
        }
        try await Self.finish(
          "SIGSTOP of PostgreSQL; of a worker for 3 leases, then SIGCONT", "\(times) each",
          at: shop, since: start)
      }
    }
  }

  @Test(.timeLimit(.minutes(30))) func threeReplicas() async throws {
    let start = ContinuousClock.now
    let orders = CrashForm.pick(short: 200, long: 10_000)
    try await CrashShop.open { shop in
      try await Self.withReplicas([[String: String]](repeating: shop.environment, count: 3)) {
        keepers in
        let traffic = Traffic(shop: shop, keepers: keepers)
        try await traffic.issueAlicesCode()
        var placed: [SandboxOrder] = []
        for _ in 0..<orders { placed.append(await traffic.placeDueOrder()) }
        try await traffic.tell(of: placed, times: 3)
        try await traffic.letFall(placed.filter { _ in Int.random(in: 0..<5) == 0 })
        try await Self.finish(
          "3 replicas, each order delivered 3 times, shuffled", "\(orders) orders", at: shop,
          since: start, within: .seconds(1200))
      }
    }
  }

  @Test(.timeLimit(.minutes(10))) func nobodyTellsOfOrders() async throws {
    let start = ContinuousClock.now
    let orders = CrashForm.pick(short: 60, long: 1000)
    try await CrashShop.open { shop in
      // Once up, so that the store is known; then down while orders come and fall.
      try await Keeper.with(environment: shop.environment) { keeper in
        try await Traffic(shop: shop, keepers: [keeper]).issueAlicesCode()
      }
      let traffic = Traffic(shop: shop, keepers: [])
      for number in 0..<orders {
        let order = await traffic.placeDueOrder()
        if number % 5 == 0 { await traffic.cancelUnheard(order) }
      }
      try await Keeper.with(environment: shop.environment) { _ in
        let end = ContinuousClock.now + .seconds(120)
        while try await !shop.book.count(at: shop.sandbox).lost.isEmpty, ContinuousClock.now < end {
          try await shop.endHolds()
          try await Task.sleep(for: .milliseconds(200))
        }
        try await Self.finish(
          "orders while Laurel is down, of which no delivery ever comes", "\(orders) orders",
          at: shop, since: start)
      }
    }
  }

  @Test(.timeLimit(.minutes(10))) func aWorkersClockIsAnHourOff() async throws {
    let start = ContinuousClock.now
    let orders = CrashForm.pick(short: 60, long: 1000)
    try await CrashShop.open { shop in
      let environments = try ["+1h", "-1h"].map { offset in
        try shop.environment.merging(FakeClock.environment(offset)) { $1 }
      }
      let keepers = try await Self.withReplicas(environments) { keepers in
        let traffic = Traffic(shop: shop, keepers: keepers)
        try await traffic.issueAlicesCode()
        var placed: [SandboxOrder] = []
        for _ in 0..<orders { placed.append(await traffic.placeDueOrder()) }
        try await traffic.tell(of: placed, times: 2)
        for keeper in keepers {
          if let process = await keeper.process { FakeClock.cleanUp(after: process.id) }
        }
        try await Self.finish(
          "a worker's clock + 1 h and another's - 1 h", "\(orders) orders", at: shop, since: start)
        return keepers
      }
      // The clocks were really off: each worker's log tells what time it thought it was.
      for (keeper, hours) in zip(keepers, [1, -1]) {
        let offset = try FakeClock.offset(ofLog: await keeper.lastOutput)
        #expect(abs(offset - Double(hours) * 3600) < 600)
      }
    }
  }
}
