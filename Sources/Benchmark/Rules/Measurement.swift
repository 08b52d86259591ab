import Glibc

/// How much of a processor one round of a piece of work took, several times: time in which the
/// machine did something else does not count.
struct Measurement {
  /// Microseconds for one piece of work, in each round, sorted.
  private let rounds: [Double]

  /// Does `work` a given number of times in each round, after one round that does not count.
  init(rounds: Int, of count: Int, _ work: (Int) throws -> Void) rethrows {
    var times: [Double] = []
    for round in 0...rounds {
      let start = Self.seconds
      for index in 0..<count { try work(index) }
      let seconds = Self.seconds - start
      if round > 0 { times.append(seconds * 1e6 / Double(count)) }
    }
    self.rounds = times.sorted()
  }

  /// How much time of a processor this thread has taken.
  private static var seconds: Double {
    var time = timespec()
    unsafe clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }

  /// The round in the middle, in microseconds.
  var median: Double { rounds.isEmpty ? 0 : rounds[rounds.count / 2] }

  /// The rounds, in microseconds.
  var series: Series { Series(rounds) }

  /// Median, fastest and slowest round.
  var text: String {
    "\(Number.text(median)) us (\(Number.text(rounds.first ?? 0)) to \(Number.text(rounds.last ?? 0)))"
  }
}
