/// From which place on a queue is read: the inbox's, or that of what changed for the notes.
///
/// Places are given out in sequence and emptied in about the same. As long as some session holds an
/// old transaction open, PostgreSQL cannot clear the empty ones away, and whoever reads from the
/// start walks past all of them: half a second for every few million, each time.
///
/// A place can come to light late: when its transaction took long, or when a process died with it.
/// So the mark stays a little behind, and from time to time the queue is read from the start.
package struct QueueMark: Sendable {
  /// How long an insert may take without being noticed only the next time that all is read.
  package static let patience = Duration.seconds(2)

  /// How often such a queue is read from its very start, at least.
  package static let thoroughness = Duration.seconds(10)

  private let period: Duration
  private var place = 0
  private var next: (place: Int, since: ContinuousClock.Instant)?
  private var isThoroughAt: ContinuousClock.Instant

  /// A mark for a queue that is read from the start every `period`.
  package init(period: Duration, now: ContinuousClock.Instant = .now) {
    self.period = period
    isThoroughAt = now
  }

  /// The first place to read from now.
  package mutating func start(now: ContinuousClock.Instant = .now) -> Int {
    guard now >= isThoroughAt else { return place }
    isThoroughAt = now + period
    return 0
  }

  /// Notes which place was the first that could be claimed.
  package mutating func found(_ first: Int, now: ContinuousClock.Instant = .now) {
    let lowest = min(next?.place ?? first, first)
    guard let since = next?.since, now - since >= Self.patience else {
      place = min(place, lowest)
      next = (lowest, next?.since ?? now)
      return
    }
    place = lowest
    next = (first, now)
  }
}
