import NIOConcurrencyHelpers

/// The values of one metric by its labels' values. However many combinations come, a bounded number
/// is kept: further ones count together, with `other` for every label.
struct Series<Value: Sendable>: Sendable {
  private let names: [String]
  private let maximum: Int
  private let initial: Value
  private let values = NIOLockedValueBox<[[String]: Value]>([:])

  /// No combination yet; each new one starts with `initial`.
  init(labels names: [String], maximum: Int, initial: Value) {
    self.names = names
    self.maximum = maximum
    self.initial = initial
  }

  /// Changes the value of one combination; the labels' values in the order of their names.
  func update(_ labels: [String], _ change: (inout Value) -> Void) {
    values.withLockedValue { values in
      let isFull = values.count >= maximum && values[labels] == nil
      let key = isFull ? [String](repeating: "other", count: names.count) : labels
      change(&values[key, default: initial])
    }
  }

  /// Every combination so far with its value, sorted.
  var all: [(labels: [(name: String, value: String)], value: Value)] {
    values.withLockedValue { $0 }.sorted { $0.key.lexicographicallyPrecedes($1.key) }
      .map { key, value in (zip(names, key).map { (name: $0, value: $1) }, value) }
  }
}
