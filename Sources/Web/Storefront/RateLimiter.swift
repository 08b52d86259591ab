import NIOConcurrencyHelpers

/// Lets each key do something so often and no more: a bucket of tokens each, filled again at an even
/// rate. In the form of the generic cell rate algorithm (ITU-T I.371) a bucket is one moment, until
/// which it has been used, and a full bucket needs no memory.
package final class RateLimiter<Key: Hashable & Sendable>: Sendable {
  private struct State {
    /// Until when each bucket has been used. Keys for which there was no room share that of `nil`.
    var usedUntil: [Key?: ContinuousClock.Instant] = [:]
    var sweptAt: ContinuousClock.Instant?
  }

  /// The shortest time between two looks for buckets that are full again.
  private static var rest: Duration { .seconds(1) }

  private let interval: Duration
  private let tolerance: Duration
  private let maximumKeys: Int
  private let state = NIOLockedValueBox(State())

  /// Admits `count` at once and then one each `period / count`.
  ///
  /// - Parameters:
  ///   - count: the size of a bucket, 1 or more.
  ///   - period: the time in which an empty bucket fills.
  ///   - maximumKeys: how many buckets are kept at most; further keys have one together.
  package init(_ count: Int, each period: Duration, maximumKeys: Int = 65_536) {
    interval = period / count
    tolerance = period - interval
    self.maximumKeys = maximumKeys
  }

  /// Takes a token of `key`. `nil` when there was one, otherwise for how long there is none.
  package func delay(_ key: Key, now: ContinuousClock.Instant = .now) -> Duration? {
    state.withLockedValue { state in
      var slot: Key? = key
      if state.usedUntil[slot] == nil, state.usedUntil.count >= maximumKeys {
        sweep(&state, now)
        if state.usedUntil.count >= maximumKeys { slot = nil }
      }
      let until = max(state.usedUntil[slot] ?? now, now)
      guard until - now <= tolerance else { return until - now - tolerance }
      state.usedUntil[slot] = until + interval
      return nil
    }
  }

  private func sweep(_ state: inout State, _ now: ContinuousClock.Instant) {
    if let sweptAt = state.sweptAt, now - sweptAt < Self.rest { return }
    state.sweptAt = now
    state.usedUntil = state.usedUntil.filter { $0.value > now }
  }
}
