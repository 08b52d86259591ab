import FoundationEssentials
import Ledger
package import Logging
import NIOConcurrencyHelpers
package import Postgres
import SaleorAPI
import ServiceLifecycle
import Signing

/// Fetches the deliveries that the store has given up: reads them at the store, where it keeps them
/// for a while, and puts them into the inbox.
///
/// The poll finds every order without them. What it cannot find is that somebody registered with a
/// code: only the event of his creation tells. No signature is needed here, because the store
/// itself was asked; and the payload that it shows is the text that it posted (recorded:
/// `app-failed-event-deliveries` and the captures 1879 to 1990), so the key is the one that the
/// delivery would have had, and when staff send it again it is a duplicate.
package struct MissedDeliveries: Sendable {
  /// How long after it was made a delivery may still fail: six attempts take seven minutes at most
  /// (FACTS §3); the rest is for a store whose queue lags. What was made within this time is read
  /// again each time.
  package static let overlap: Duration = .seconds(3600)
  /// What is older than this, or than the store's connection, is left.
  package static let age: Duration = .seconds(30 * 86_400)
  /// How long after a failed run the next begins at the earliest, where the interval is longer.
  static let retry: Duration = .seconds(30)
  /// How long after a refusal the store is asked again.
  static let refusedRetry: Duration = .seconds(6 * 3600)
  /// How many pages one run reads of each webhook; the next run goes on from there.
  static let pagesPerRun = 200

  private let pool: Pool
  private let store: ConnectedStore
  private let gate: RunGate
  private let interval: Duration?
  private let lease: Duration
  private let log: Logger
  private let found: @Sendable () -> Void
  private let hasRun = NIOLockedValueBox(false)

  /// Reads the failed deliveries of `store` every `interval`, never when that is `nil`; a process
  /// that reads is the only one for `lease` after each page. Calls `found` when there is something
  /// new in the inbox.
  package init(
    pool: Pool, store: ConnectedStore, gate: RunGate, interval: Duration?, lease: Duration,
    log: Logger, found: @escaping @Sendable () -> Void
  ) {
    self.pool = pool
    self.store = store
    self.gate = gate
    self.interval = interval
    self.lease = lease
    self.log = log
    self.found = found
  }

  /// The stage that reads at once and then on schedule; `nil` when it is switched off.
  package func stage() -> Stage? {
    interval.map { interval in
      // It looks more often than it reads: the process that read may have died.
      Stage(
        name: "missed", width: 1, interval: min(interval, lease), wakeup: Wakeup(), log: log
      ) { _ in
        // A little later than due, at random, so that many shops do not ask together.
        let hasRun = hasRun.withLockedValue { $0 }
        _ = try await run(
          ifNoneFor: hasRun ? interval * .random(in: 1...1.1) : .zero,
          norRefusedFor: hasRun ? Self.refusedRetry : .zero)
        return []
      }
    }
  }

  /// Reads once, unless another process does, or did less than `interval` ago, or was refused less
  /// than `refusedInterval` ago. Returns whether it came to its end.
  /// - Throws: `PostgresError`, `CancellationError`. What the store does wrong is written down for
  ///   the next run.
  package func run(
    ifNoneFor interval: Duration = .zero, norRefusedFor refusedInterval: Duration = .zero
  ) async throws -> Bool {
    let missed = MissedDeliveryRepository(pool)
    let schedule = MissedDeliveryRepository.Schedule(
      interval: interval, retry: min(interval, Self.retry), refusedRetry: refusedInterval)
    guard let turn = try await missed.claim(store: store.id, schedule, lease: lease) else {
      return false
    }
    hasRun.withLockedValue { $0 = true }
    var reading: String?
    do {
      let (webhooks, now) = try await store.client.webhookList()
      for webhook in webhooks where !Task.isShuttingDownGracefully {
        reading = webhook
        guard try await read(turn, webhook: webhook, now: now) else { return false }
      }
      try await missed.finish(store: store.id, turn, error: nil)
      return true
    } catch let error as StoreError {
      let isRefused = error.code == .permissionDenied
      log.log(
        level: isRefused && turn.wasRefused ? .debug : .warning, "failed deliveries not read",
        metadata: ["error": "\(error)"])
      try await missed.finish(
        store: store.id, turn, error: error.description, isRefused: isRefused,
        forgetting: error.isAboutCursor ? reading : nil)
      return false
    }
  }

  /// Reads one webhook's deliveries page by page. What each page holds is committed with the place
  /// in the list, so a run that is interrupted goes on where it stopped. Returns whether the run is
  /// still this process's.
  private func read(
    _ turn: MissedDeliveryRepository.Turn, webhook: String, now: Date
  ) async throws -> Bool {
    let start = now - min(Double(turn.connectedSeconds), Self.age / .seconds(1))
    let settled = now - Self.overlap / .seconds(1)
    var after = try await MissedDeliveryRepository(pool).cursor(store: store.id, webhook: webhook)
    var counts = (pages: 0, seen: 0, new: 0)
    repeat {
      let (page, new, holds) = try await gate.together { [after] in
        try await readPage(turn, webhook: webhook, after: after, from: start, settled: settled)
      }
      if new > 0 { found() }
      counts.pages += 1
      counts.seen += page.deliveries.count
      counts.new += new
      guard holds else { return false }
      after = page.next
    } while after != nil && counts.pages < Self.pagesPerRun && !Task.isShuttingDownGracefully
    log.log(
      level: counts.new > 0 ? .info : .debug, "failed deliveries read",
      metadata: [
        "webhook": "\(webhook)", "deliveries": "\(counts.seen)", "new": "\(counts.new)",
      ])
    return true
  }

  /// Reads a page and commits what it holds. Returns it, how much of it is new, and whether the run
  /// is still this process's.
  private func readPage(
    _ turn: MissedDeliveryRepository.Turn, webhook: String, after: String?, from start: Date,
    settled: Date
  ) async throws -> (StoreClient.MissedDeliveryPage, new: Int, holds: Bool) {
    let page = try await store.client.missedDeliveries(toWebhook: webhook, after: after)
    let arrivals = try page.deliveries.filter { $0.createdAt >= start }.compactMap(arrival)
    // The sequence is by time, so these are the first of the page.
    let cursor = page.deliveries.last { $0.createdAt < settled }?.cursor
    let (new, holds) = try await pool.transaction { session in
      let isNew = try await InboxRepository(session).insert(arrivals)
      let holds = try await MissedDeliveryRepository(session)
        .advance(store: store.id, turn, webhook: webhook, to: cursor, lease: lease)
      return (isNew.count { $0 }, holds)
    }
    return (page, new, holds)
  }

  /// The delivery as it would have come in; `nil` when nothing would follow from it, or when the
  /// store shows no payload.
  private func arrival(
    _ failed: StoreClient.MissedDelivery
  ) throws -> InboxRepository.Arrival? {
    guard let body = failed.body else {
      log.debug("failed delivery passed over: no payload", metadata: ["event": "\(failed.event)"])
      return nil
    }
    do {
      let delivery = try Delivery(body: body, eventHeader: failed.event)
      guard delivery.isUsed else { return nil }
      return InboxRepository.Arrival(
        store: store.id, eventID: try SHA256.hash(body), event: delivery.event,
        orderID: delivery.orderID, isUsed: true, body: delivery.kept(of: body))
    } catch let fault as Delivery.Fault {
      log.debug(
        "failed delivery passed over",
        metadata: ["event": "\(failed.event)", "reason": "\(fault.rawValue)"])
      return nil
    }
  }
}
