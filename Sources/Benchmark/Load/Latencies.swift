/// How long the answers of one round took: each one is kept, so that every quantile is exact.
struct Latencies: Sendable {
  private var microseconds: [UInt32] = []

  /// None yet, with room for some.
  init(capacity: Int = 0) {
    microseconds.reserveCapacity(capacity)
  }

  /// How many there are.
  var count: Int { microseconds.count }

  /// Adds one, in nanoseconds.
  mutating func add(nanoseconds: Int64) {
    microseconds.append(UInt32(clamping: nanoseconds / 1_000))
  }

  /// Adds one, in microseconds.
  mutating func add(microseconds value: UInt32) {
    microseconds.append(value)
  }

  /// The times, in microseconds, within which these shares (0 to 1) of all answers came; 0 when there
  /// are none.
  func quantiles(_ shares: [Double]) -> [Double] {
    guard !microseconds.isEmpty else { return shares.map { _ in 0 } }
    let sorted = microseconds.sorted()
    return shares.map { share in
      let place = (share * Double(sorted.count)).rounded(.up)
      return Double(sorted[min(max(0, Int(place) - 1), sorted.count - 1)])
    }
  }

  /// The time, in microseconds, within which 99 of 100 answers came.
  var p99: Double { quantiles([0.99])[0] }
}
