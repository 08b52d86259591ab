/// What keeps the benchmark from going on.
struct BenchFailure: Error, CustomStringConvertible {
  /// What happened.
  let description: String

  /// Says what happened.
  init(_ description: String) {
    self.description = description
  }
}
