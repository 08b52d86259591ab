/// How fast deliveries come into the inbox's queue, told by the places that are given out.
package struct ArrivalRate: Sendable {
  private var last: (place: Int, at: ContinuousClock.Instant)?

  /// Nothing is known at first.
  package init() {}

  /// How many a second came since this was last asked; 0 where that cannot be told.
  /// - Parameter newest: the newest place in the queue; `nil` when it is empty.
  package mutating func perSecond(
    newest: Int?, now: ContinuousClock.Instant = .now
  ) -> Double {
    let before = last
    last = newest.map { ($0, now) }
    guard let newest, let before, now > before.at else { return 0 }
    return Double(newest - before.place) / ((now - before.at) / .seconds(1))
  }
}
