/// How fast a heap of work gets smaller, without its beginning and its end.
enum Progress {
  /// One look.
  private struct Look {
    let time: ContinuousClock.Instant
    let done: Int
    let calls: Int
  }

  /// Looks on until `total` pieces are done.
  ///
  /// - Parameters:
  ///   - interval: the time between two looks.
  ///   - look: how many are done, and how often something was called for that.
  /// - Returns: how many were done in a second, and how many calls each took, between a fifth and nine
  ///   tenths of the work.
  /// - Throws: `BenchFailure` when they are not done within two minutes; what `look` throws.
  static func watch(
    _ what: String, total: Int, every interval: Duration,
    _ look: () async throws -> (done: Int, calls: Int)
  ) async throws -> (rate: Double, calls: Double) {
    let deadline = ContinuousClock.now + .seconds(120)
    var looks: [Look] = []
    while true {
      let seen = try await look()
      looks.append(Look(time: .now, done: seen.done, calls: seen.calls))
      if seen.done >= total { break }
      guard ContinuousClock.now < deadline else {
        throw BenchFailure("\(what): only \(seen.done) of \(total) are done")
      }
      try await Task.sleep(for: interval)
    }
    let middle = looks.filter { $0.done >= total / 5 && $0.done <= total * 9 / 10 }
    guard let first = middle.first, let last = middle.last, last.done > first.done else {
      throw BenchFailure("\(what): too fast to be seen; there have to be more than \(total)")
    }
    let done = Double(last.done - first.done)
    return (
      done / ((last.time - first.time) / .seconds(1)), Double(last.calls - first.calls) / done
    )
  }
}
