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
    let campaign: String
    let channel: String
    /// Which quarter of an hour it was, counted from 1970: every time zone's days begin with one.
    let quarter: Int
  }

  /// How long a quarter of an hour is, in seconds.
  private static let quarter = 900

  /// How often the ledger is written to.
  private static let interval: Duration = .seconds(1)

  private let pool: Pool
  private let metrics: Metrics
  private let log: Logger
  private let timeZone: @Sendable () -> String
  private let capacity: Int
  private let now: @Sendable () -> Date
  private let counts = NIOLockedValueBox<[Key: Int]>([:])

  /// Counts into the ledger behind `pool`.
  ///
  /// - Parameters:
  ///   - timeZone: the shop's time zone, by which a click has its day.
  ///   - capacity: how many codes may wait with clicks, by quarter of an hour.
  ///   - now: the clock by which a click has its time.
  package init(
    pool: Pool, metrics: Metrics, log: Logger, timeZone: @escaping @Sendable () -> String,
    capacity: Int = 10_000,
    now: @escaping @Sendable () -> Date = { Date() }
  ) {
    self.pool = pool
    self.metrics = metrics
    self.log = log
    self.timeZone = timeZone
    self.capacity = capacity
    self.now = now
  }

  /// Counts a click on one of the store's codes. One for which there is no room is dropped.
  ///
  /// - Parameters:
  ///   - campaign: the campaign of the link; empty for the programme without a name.
  ///   - channel: the channel that the link names; empty for none.
  package func add(
    store: StoreID, code: ReferralCode, campaign: String = "", channel: String = ""
  ) {
    let key = Key(
      store: store, code: code, campaign: campaign, channel: channel,
      quarter: Int((now().timeIntervalSince1970 / Double(Self.quarter)).rounded(.down)))
    metrics.clicks.add(add(1, key) ? "counted" : "dropped")
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
          entries.map { key, clicks in
            .init(
              code: key.code,
              followedAt: Date(timeIntervalSince1970: Double(key.quarter * Self.quarter)),
              campaign: key.campaign, channel: key.channel, clicks: clicks)
          }, timeZone: timeZone())
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
