/// Intake and decisions once more, under circumstances that make them harder.
struct Comparison {
  /// What it works with.
  let bench: Bench
  /// New deliveries a second without the circumstances.
  let intake: Series
  /// Decisions a second without them.
  let decisions: Series

  private static let rounds = 3

  /// Measures in a database that is not emptied in between.
  /// - Parameters:
  ///   - id: what the figures' ids begin with.
  ///   - what: the circumstances, for people.
  func figures(_ id: String, what: String) async throws -> [Figure] {
    var taken = Series()
    var decided = Series()
    for round in 1...Self.rounds {
      bench.say("\(what), round \(round) of \(Self.rounds)")
      taken.add(try await IntakePart(bench: bench).unique(empties: false))
      decided.add(try await DecisionPart(bench: bench).decided(empties: false).own)
    }
    return [
      Figure(
        id: "\(id)_intake", name: "accepted, HMAC, \(what)", unit: "events/s", value: taken,
        reference: ("without", intake), goal: .atLeast(0.9)),
      Figure(
        id: "\(id)_decisions", name: "inbox to decision, \(what)", unit: "orders/s", value: decided,
        reference: ("without", decisions), goal: .atLeast(0.9)),
    ]
  }
}
