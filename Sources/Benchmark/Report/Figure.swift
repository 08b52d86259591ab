/// One line of the benchmark's table.
struct Figure: Sendable {
  /// What is to be reached.
  enum Goal: Sendable {
    /// This or more.
    case atLeast(Double)
    /// This or less.
    case atMost(Double)
  }

  /// A key for programs, which does not change.
  let id: String
  /// What was measured.
  let name: String
  /// What it is measured in.
  let unit: String
  /// The rounds.
  let value: Series
  /// What it is compared with, and its rounds in the same unit; `nil` for none.
  var reference: (name: String, value: Series)?
  /// What the ratio has to be, or the value where there is no reference; `nil` when it only informs.
  var goal: Goal?
  /// The ratio below which a change has made it slower: two thirds of what was measured last, or a
  /// little below. The short form demands it in place of the goal, because short rounds beside other
  /// work scatter.
  var floor: Double?

  /// The value divided by the reference, round by round.
  var ratio: Series? {
    reference.map { value.ratio(to: $0.value) }
  }

  /// What is held to the goal.
  var judged: Double { (ratio ?? value).median }

  /// Whether the goal is reached; `nil` without a goal.
  var isReached: Bool? {
    switch goal {
    case nil: nil
    case .atLeast(let least): judged >= least
    case .atMost(let most): judged <= most
    }
  }
}
