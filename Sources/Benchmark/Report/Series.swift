/// One thing, measured in several rounds.
struct Series: Sendable {
  /// What each round gave, in its sequence.
  private(set) var values: [Double]

  /// Nothing yet, or what was measured.
  init(_ values: [Double] = []) {
    self.values = values
  }

  /// Takes a round's value in.
  mutating func add(_ value: Double) {
    values.append(value)
  }

  /// The round in the middle; of two, their mean; 0 when there is none.
  var median: Double {
    let sorted = values.sorted()
    guard !sorted.isEmpty else { return 0 }
    let middle = sorted.count / 2
    return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
  }

  /// The lowest and the highest round.
  var range: ClosedRange<Double> {
    (values.min() ?? 0)...(values.max() ?? 0)
  }

  /// Round by round, this beside another: what happened to the machine in a round happened to both.
  func ratio(to other: Series) -> Series {
    if values.count == other.values.count {
      return Series(zip(values, other.values).map { $1 > 0 ? $0 / $1 : 0 })
    }
    return Series(values.map { other.median > 0 ? $0 / other.median : 0 })
  }
}
