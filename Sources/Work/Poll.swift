import Domain
import FoundationEssentials
import Ledger
package import Logging
import NIOConcurrencyHelpers
package import Postgres
import SaleorAPI
import ServiceLifecycle
import Signing

/// Finds the orders of which no delivery told: reads what changed at the store since the last time
/// and puts it into the inbox, as if the store had delivered it.
///
/// The store gives up a delivery after some minutes and can lose one without a trace (FACTS §3). The
/// only clock here is the store's: the times of its orders, and the time at which it answers.
package struct Poll: Sendable {
  /// How late an order may become visible after the instant that it carries: a transaction of the
  /// store's that takes long, a replica that lags. What changed this long before the mark is read
  /// again each time.
  package static let overlap: Duration = .seconds(600)
  /// By how much the times of the orders and the time of the answers may differ before an order
  /// could be missed: they can come from different machines.
  static let tolerance: Duration = .seconds(3600)
  /// How long after a failed run the next begins at the earliest, where the interval is longer.
  static let retry: Duration = .seconds(30)

  private let pool: Pool
  private let store: ConnectedStore
  private let gate: RunGate
  private let settings: PollSettings
  private let lease: Duration
  private let log: Logger
  private let found: @Sendable () -> Void
  private let hasRun = NIOLockedValueBox(false)

  /// Reads the orders of `store`; a process that reads is the only one for `lease` after each page.
  /// No page is read while a piece of work runs alone behind `gate`. Calls `found` when there is
  /// something new in the inbox.
  package init(
    pool: Pool, store: ConnectedStore, gate: RunGate, settings: PollSettings, lease: Duration,
    log: Logger, found: @escaping @Sendable () -> Void
  ) {
    self.pool = pool
    self.store = store
    self.gate = gate
    self.settings = settings
    self.lease = lease
    self.log = log
    self.found = found
  }

  /// The stage that polls at once and then on schedule; `nil` when it is switched off.
  package func stage() -> Stage? {
    settings.interval.map { interval in
      // It looks more often than it polls: the process that polled may have died.
      Stage(
        name: "poll", width: 1, interval: min(interval, lease), wakeup: Wakeup(), log: log
      ) { _ in
        // A little later than due, at random, so that many shops do not ask together.
        let interval = hasRun.withLockedValue { $0 } ? interval * .random(in: 1...1.1) : .zero
        _ = try await run(ifNoneFor: interval)
        return []
      }
    }
  }

  /// Polls once, unless another process does, or did less than `interval` ago. Returns whether it
  /// polled to the end.
  ///
  /// - Parameter age: how far back a first run looks at least.
  /// - Throws: `PostgresError`. What the store does wrong is written down for the next run.
  package func run(
    ifNoneFor interval: Duration = .zero, lookingBack age: Duration = .zero
  ) async throws -> Bool {
    let polls = PollRepository(pool)
    guard
      let turn = try await polls.claim(
        store: store.id, interval: interval, retry: min(interval, Self.retry), lease: lease)
    else { return false }
    hasRun.withLockedValue { $0 = true }
    do {
      let isComplete = try await read(turn, lookingBack: age)
      try await polls.finish(store: store.id, turn, error: nil)
      return isComplete
    } catch let error as StoreError {
      log.warning("orders not polled", metadata: ["error": "\(error)"])
      try await polls.finish(store: store.id, turn, error: error.description)
      return false
    }
  }

  /// Reads page by page. What each page holds is committed with the mark, so a run that is
  /// interrupted goes on where it stopped. Returns whether it came to the end.
  private func read(_ turn: PollRepository.Turn, lookingBack age: Duration) async throws -> Bool {
    var turn = turn
    let now = try await store.client.time()
    let start =
      turn.mark ?? now - max(lookback(turn), age.timeInterval) - Self.overlap.timeInterval
    var after: String?
    var counts = (seen: 0, new: 0)
    var isComplete = false
    repeat {
      let (page, new, advanced) = try await gate.together { [turn] in
        try await readPage(turn, from: start, after: after, now: now)
      }
      if new > 0 { found() }
      counts.seen += page.orders.count
      counts.new += new
      isComplete = advanced != nil && page.next == nil
      after = advanced == nil ? nil : page.next
      turn = advanced ?? turn
    } while after != nil && !Task.isShuttingDownGracefully
    log.log(
      level: counts.new > 0 ? .info : .debug, "orders polled",
      metadata: ["orders": "\(counts.seen)", "new": "\(counts.new)"])
    return isComplete
  }

  /// Reads a page and commits what it holds. Returns it, how much of it is new, and the run as it
  /// goes on, `nil` when another process has taken it over.
  private func readPage(
    _ turn: PollRepository.Turn, from start: Date, after: String?, now: Date
  ) async throws -> (StoreClient.OrderPage, new: Int, PollRepository.Turn?) {
    let page = try await store.client.orders(changedSince: start, after: after)
    for id in page.unreadable {
      log.warning("order passed over: it is too large to read", metadata: ["order": "\(id)"])
    }
    let arrivals = try page.orders.compactMap { try Self.arrival($0, store: store.id, log) }
    let mark = mark(after: page, from: start, now: now)
    let (new, advanced) = try await pool.transaction { session in
      let isNew = try await InboxRepository(session).insert(arrivals)
      let advanced = try await PollRepository(session)
        .advance(store: store.id, turn, to: mark, lease: lease)
      return (isNew.count { $0 }, advanced)
    }
    return (page, new, advanced)
  }

  /// How far the first run looks back. A duration can be taken from the database's clock, an instant
  /// cannot.
  private func lookback(_ turn: PollRepository.Turn) -> Double {
    min(settings.lookback.timeInterval, Double(turn.connectedSeconds))
  }

  /// Up to where everything is in the inbox once `page` is.
  ///
  /// Whatever changed before the run began, and was visible by then, has been read up to the last
  /// order of the page; what was not visible carries a time of at most `overlap` before the
  /// beginning. So the mark stays that much behind both. After the last page of a quiet store it
  /// moves on behind the time of day, so that the same orders are not read for ever.
  private func mark(after page: StoreClient.OrderPage, from start: Date, now: Date) -> Date {
    var reached = page.reached ?? start
    if page.next == nil { reached = max(reached, now - Self.tolerance.timeInterval) }
    return max(start, min(reached, now) - Self.overlap.timeInterval)
  }

  /// The delivery that is made of an order; `nil` for one that no delivery could tell of.
  static func arrival(
    _ order: PolledOrder, store: StoreID, _ log: Logger
  ) throws -> InboxRepository.Arrival? {
    do {
      let delivery = try Delivery(body: order.body, eventHeader: nil)
      return InboxRepository.Arrival(
        store: store, eventID: try SHA256.hash(order.body), event: delivery.event,
        orderID: delivery.orderID, isUsed: delivery.isUsed, body: order.body)
    } catch let fault as Delivery.Fault {
      log.warning("order passed over", metadata: ["reason": "\(fault.rawValue)"])
      return nil
    }
  }
}

extension Duration {
  /// In seconds, as dates count.
  fileprivate var timeInterval: Double { self / .seconds(1) }
}
