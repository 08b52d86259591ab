import Postgres

/// How fast orders that name no code get from the inbox to their outcome.
struct DecisionPart {
  /// What it works with.
  let bench: Bench

  /// How many deliveries wait when the workers start.
  private var count: Int { Int(8_000 * (bench.form.duration / .seconds(1))) }
  private static let rounds = 3
  private static let batch = 256

  /// The figure: deliveries a second, beside a loop that only reads them.
  func figures() async throws -> [Figure] {
    var own = Series()
    var loop = Series()
    for round in 1...Self.rounds {
      bench.say("decisions, round \(round) of \(Self.rounds)")
      let outcome = try await decided()
      own.add(outcome.own)
      loop.add(outcome.loop)
    }
    return [
      Figure(
        id: "decisions", name: "inbox to decision, no code", unit: "orders/s", value: own,
        reference: ("rows read by one SELECT ... LIMIT \(Self.batch) loop", loop),
        goal: .atLeast(0.5))
    ]
  }

  /// One round: fills the inbox, reads it in a loop, and lets the workers read it.
  /// - Parameter empties: whether the database is emptied before.
  func decided(empties: Bool = true) async throws -> (own: Double, loop: Double) {
    if empties { try await bench.database.empty() }
    try await bench.database.waitUntilRead()
    let load = try await bench.load(count, .hmac).load
    let before = try await undecided()
    try await bench.serving(.hmac, roles: "web") { _, port in
      let result = try await LoadRound.run(
        LoadPlan(port: port, warmUp: .zero, duration: .seconds(120)), load)
      try result.require(only: .accepted, of: "filling the inbox")
    }
    try await bench.database.settle()
    let loop = try await readLoop()
    let own = try await bench.serving(.hmac, roles: "worker") { _, _ in
      try await Progress.watch("decisions", total: count, every: .milliseconds(50)) {
        (count - (try await bench.database.queued()), 0)
      }
    }
    guard try await undecided() == before else {
      throw BenchFailure("deliveries left the queue without an outcome")
    }
    return (own.rate, loop)
  }

  private func undecided() async throws -> Int {
    try await bench.database.count("SELECT count(*) AS count FROM inbox WHERE outcome IS NULL")
  }

  /// Rows a second that one session reads, body and all, a batch at a time.
  private func readLoop() async throws -> Double {
    let start = ContinuousClock.now
    var rows = 0
    var bytes = 0
    var last = 0
    while true {
      let batch = try await bench.database.pool.rows(
        """
        SELECT id, event_id, inbox_queue.event, body
        FROM inbox_queue JOIN inbox_bodies USING (store_id, event_id)
        WHERE store_id = (SELECT min(id) FROM stores) AND id > \(last) ORDER BY id LIMIT \(Self.batch)
        """
      ) { row in
        (
          id: try row.decode("id", as: Int.self),
          body: try row.decode("body", as: [UInt8].self).count
        )
      }
      guard let end = batch.last else { break }
      last = end.id
      rows += batch.count
      bytes += batch.reduce(0) { $0 + $1.body }
    }
    guard rows == count, bytes > 0 else {
      throw BenchFailure("the loop read \(rows) rows where \(count) wait")
    }
    return Double(rows) / ((ContinuousClock.now - start) / .seconds(1))
  }
}
