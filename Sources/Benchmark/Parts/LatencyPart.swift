/// How long an answer takes at half of the peak, and what happens at twice the peak.
struct LatencyPart {
  /// What it works with.
  let bench: Bench
  /// How many new deliveries a second are the most that is taken in.
  let peak: Double

  /// Nearly as many as Laurel takes at once.
  private static let overloadConnections = 500

  /// The 99th percentile at half of the peak, in milliseconds.
  func figures() async throws -> [Figure] {
    let rate = peak / 2
    let pgbench = try await PgbenchReference(bench)
    var own = Series()
    var reference = Series()
    for round in 1...bench.form.rounds {
      bench.say("latency at \(Int(rate)) a second, round \(round) of \(bench.form.rounds)")
      let load = try await bench.load(Int(rate * seconds) + 1, .hmac).load
      let reader = try await bench.reading { _, port in
        let result = try await LoadRound.run(plan(port, rate), load)
        try result.require(only: .accepted, of: "reference (a), fixed arrivals")
        return result.latencies.p99
      }
      try await bench.database.empty()
      own.add(
        try await bench.serving(.hmac) { _, port in
          let result = try await LoadRound.run(plan(port, rate), load)
          try result.require(only: .accepted, of: "accepted, fixed arrivals")
          return result.latencies.p99 / 1_000
        })
      let commit = try await pgbench.latencies(perSecond: rate, for: bench.form.duration)
      reference.add((reader + 2 * commit.p99) / 1_000)
    }
    return [
      Figure(
        id: "latency", name: "p99 at \(Int(rate)) a second", unit: "ms", value: own,
        reference: ("(a)'s p99 + 2 x p99 of a commit by pgbench", reference), goal: .atMost(1))
    ]
  }

  /// What is taken in and what is refused at twice the peak, one round after the other in one service.
  func overload() async throws -> [Figure] {
    let rate = peak * 2
    var goodput = Series()
    var refused = Series()
    var memory = Series()
    try await bench.database.empty()
    try await bench.serving(.hmac) { service, port in
      for round in 1...max(3, bench.form.rounds) {
        bench.say("overload, \(Int(rate)) a second, round \(round) of \(max(3, bench.form.rounds))")
        let load = try await bench.load(Int(rate * seconds) + 1, .hmac).load
        var plan = plan(port, rate)
        plan.connections = Self.overloadConnections
        plan.drain = .seconds(2)
        let before = try await bench.database.deliveries()
        let result = try await LoadRound.run(plan, load)
        let rows = try await bench.database.deliveries() - before
        let accepted = result.total(.accepted)
        guard (accepted...accepted + result.unanswered).contains(rows),
          result.total(.refused) + result.total(.duplicate) + result.total(.done) == 0
        else {
          throw BenchFailure("overload: \(rows) rows, and the answers \(result.answers)")
        }
        goodput.add(result.rate(.accepted))
        let excess = rate - result.rate(.accepted)
        refused.add(excess > 0 ? result.rate(.unavailable) / excess : 1)
        memory.add(service.memory().peak)
        try await bench.database.waitUntilRead()
      }
    }
    let first = Series([memory.values.first ?? 0])
    return [
      Figure(
        id: "overload_goodput", name: "accepted at \(Int(rate)) a second", unit: "events/s",
        value: goodput, reference: ("the peak", Series([peak])), goal: .atLeast(0.9)),
      Figure(
        id: "overload_refused", name: "share of the excess answered 503", unit: "",
        value: refused, goal: .atLeast(0.9)),
      Figure(
        id: "overload_memory", name: "memory after \(memory.values.count) such rounds", unit: "MB",
        value: Series([memory.values.last ?? 0]), reference: ("after the first", first),
        goal: .atMost(1.1)),
    ]
  }

  private var seconds: Double { (bench.form.duration + bench.form.warmUp) / .seconds(1) }

  private func plan(_ port: Int, _ rate: Double) -> LoadPlan {
    LoadPlan(
      port: port, pace: .fixed(perSecond: rate), warmUp: bench.form.warmUp,
      duration: bench.form.duration)
  }
}
