package import Domain
package import FoundationEssentials
import Ledger
package import Logging
package import Monitoring
import NIOConcurrencyHelpers
package import Postgres
import ServiceLifecycle

/// Counts followed invitations in memory and adds them to the ledger every second, so that a link
/// that half a town follows costs the database one row a second.
///
/// Counts that cannot be written are kept for the next time, as many as fit. A write whose answer
/// was lost is repeated, so that an outage can count its last second twice; these are figures, and
/// no money depends on them.
package final class ClickTally: Service {
  private struct Key: Hashable {
    let store: StoreID
    let code: ReferralCode
    let day: String
  }

  /// How often the ledger is written to.
  private static let interval: Duration = .seconds(1)

  private let pool: Pool
  private let metrics: Metrics
  private let log: Logger
  private let capacity: Int
  private let now: @Sendable () -> Date
  private let counts = NIOLockedValueBox<[Key: Int]>([:])

  /// Counts into the ledger behind `pool`.
  ///
  /// - Parameters:
  ///   - capacity: how many codes may wait with clicks, by day.
  ///   - now: the clock by which a click has its day.
  package init(
    pool: Pool, metrics: Metrics, log: Logger, capacity: Int = 10_000,
    now: @escaping @Sendable () -> Date = { Date() }
  ) {
    self.pool = pool
    self.metrics = metrics
    self.log = log
    self.capacity = capacity
    self.now = now
  }

  /// Counts a click on one of the store's codes. One for which there is no room is dropped.
  package func add(store: StoreID, code: ReferralCode) {
    let day = String(now().formatted(.iso8601).prefix(10))
    metrics.clicks.add(add(1, Key(store: store, code: code, day: day)) ? "counted" : "dropped")
  }

  /// Writes every second until the shutdown, then what is left.
  package func run() async throws {
    var isFailing = false
    // Only the wait is cut short: a statement that is cancelled leaves open what it did.
    while (try? await cancelWhenGracefulShutdown { try await Task.sleep(for: Self.interval) })
      != nil
    {
      isFailing = await !write(isFailing: isFailing)
    }
    _ = await write(isFailing: false)
  }

  private func add(_ clicks: Int, _ key: Key) -> Bool {
    counts.withLockedValue { counts in
      guard counts[key] != nil || counts.count < capacity else { return false }
      counts[key, default: 0] += clicks
      return true
    }
  }

  /// Writes what has been counted; false when the ledger could not take all of it.
  private func write(isFailing: Bool) async -> Bool {
    let taken = counts.withLockedValue { counts in
      defer { counts = [:] }
      return counts
    }
    var isWritten = true
    for (store, entries) in Dictionary(grouping: taken, by: \.key.store) {
      do {
        try await ClickRepository(pool).add(
          store: store,
          entries.map { .init(code: $0.key.code, day: $0.key.day, clicks: $0.value) })
      } catch {
        isWritten = false
        for (key, clicks) in entries where !add(clicks, key) { metrics.clicks.add("dropped") }
        log.log(
          level: isFailing ? .debug : .error, "clicks cannot be written yet",
          metadata: ["store": "\(store)", "error": "\(error)"])
      }
    }
    return isWritten
  }
}
