import Postgres

/// The same while a session holds a transaction open, so that nothing that is deleted can be cleared
/// away.
struct HeldPart {
  /// What it works with.
  let bench: Bench
  /// What is measured.
  let comparison: Comparison
  /// How long the transaction has been open, with traffic, before anything counts.
  let hold: Duration

  /// How long it is quiet between two bursts of the traffic. At the peak all the time, ten minutes would
  /// make a database that is large, which is another figure.
  private static let quiet = Duration.seconds(15)

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
        try await Task.sleep(for: Self.quiet)
      }
      return try await comparison.figures("held", what: "with a transaction held open")
    }
  }
}
