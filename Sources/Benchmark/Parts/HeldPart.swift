import Postgres

/// The same while something makes it harder: a session that holds a transaction open, so that
/// nothing that is deleted can be cleared away; or a large database.
struct HeldPart {
  /// What it works with.
  let bench: Bench
  /// New deliveries a second without that.
  let intake: Series
  /// Decisions a second without that.
  let decisions: Series
  /// How long the transaction has been open, with traffic, before anything counts.
  let hold: Duration

  /// Measures while a transaction is held open.
  func figures() async throws -> [Figure] {
    try await bench.database.empty()
    return try await bench.database.pool.transaction(isolation: .repeatableRead) { session in
      // Takes the snapshot that holds everything back.
      _ = try await session.first("SELECT txid_current() AS id") {
        try $0.decode("id", as: Int.self)
      }
      bench.say("holding a transaction open for \(hold), with traffic")
      let end = ContinuousClock.now + hold
      while ContinuousClock.now < end {
        _ = try await IntakePart(bench: bench).unique(empties: false)
      }
      return try await Self.figures(
        bench, id: "held", what: "with a transaction held open", intake: intake,
        decisions: decisions)
    }
  }

  /// Measures intake and decisions in a database that is not emptied in between.
  static func figures(
    _ bench: Bench, id: String, what: String, intake: Series, decisions: Series
  ) async throws -> [Figure] {
    var own = Series()
    var decided = Series()
    for round in 1...3 {
      bench.say("\(what), round \(round) of 3")
      own.add(try await IntakePart(bench: bench).unique(empties: false))
      decided.add(try await DecisionPart(bench: bench).decided(empties: false).own)
    }
    return [
      Figure(
        id: "\(id)_intake", name: "accepted, HMAC, \(what)", unit: "events/s", value: own,
        reference: ("without", intake), goal: .atLeast(0.9)),
      Figure(
        id: "\(id)_decisions", name: "inbox to decision, \(what)", unit: "orders/s", value: decided,
        reference: ("without", decisions), goal: .atLeast(0.9)),
    ]
  }
}
