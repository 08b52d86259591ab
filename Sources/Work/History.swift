import Domain
import Ledger
package import Logging
import NIOConcurrencyHelpers
package import Postgres
import SaleorAPI
import ServiceLifecycle

/// Reads the orders that a store had before it was connected, once, so that who has bought there
/// is not taken for a new customer. Nothing of them is decided and nothing is paid.
///
/// They are read whether a condition needs them or not: a page of 100 takes the store about as much
/// as one look at an order, and what is read once is at hand when the condition is switched on
/// later. The store alone cannot tell who is new: it finds neither a guest's orders before 3.22,
/// nor the same mailbox under another spelling.
///
/// The oldest order comes first: what is placed meanwhile comes behind the end, so no page shifts,
/// and the first order of a mailbox is the one that is kept.
package struct History: Sendable {
  private let pool: Pool
  private let store: ConnectedStore
  private let gate: RunGate
  private let settings: HistorySettings
  private let lease: Duration
  private let log: Logger
  private let isComplete = NIOLockedValueBox(false)

  /// Reads the orders of `store`; a process that reads is the only one for `lease` after each page.
  package init(
    pool: Pool, store: ConnectedStore, gate: RunGate, settings: HistorySettings, lease: Duration,
    log: Logger
  ) {
    self.pool = pool
    self.store = store
    self.gate = gate
    self.settings = settings
    self.lease = lease
    self.log = log
  }

  /// The stage that reads until everything has been read; `nil` when it is switched off.
  package func stage() -> Stage? {
    guard settings.isRead else { return nil }
    return Stage(name: "history", width: 1, wakeup: Wakeup(), log: log) { _ in
      if !isComplete.withLockedValue({ $0 }) { try await run() }
      return []
    }
  }

  /// Reads on from where the last run stopped, unless another process does or the store is given
  /// time after a failure.
  /// - Throws: `PostgresError`, `CancellationError`. What the store does wrong is written down for
  ///   the next run.
  package func run() async throws {
    let history = HistoryRepository(pool)
    guard let turn = try await history.claim(store: store.id, lease: lease) else {
      let isDone = try await history.progress(store: store.id)?.isComplete == true
      isComplete.withLockedValue { $0 = isDone }
      return
    }
    do {
      try await read(turn)
    } catch let error as StoreError {
      // Pages that were read since the claim have set the count back, so this waits rather too
      // long.
      let pause = settings.retry.wait(beforeAttempt: turn.failures + 1)
      log.warning(
        "past orders not read", metadata: ["error": "\(error)", "next": "in \(pause)"])
      try await history.putBack(
        store: store.id, turn, error: error.description, after: pause,
        startsOver: error.isAboutCursor)
    }
  }

  private func read(_ turn: HistoryRepository.Turn) async throws {
    let total: Int
    if let known = turn.total { total = known } else { total = try await store.client.orderCount() }
    log.info(
      "reading past orders", metadata: ["orders": "\(turn.seen)", "of": "\(total)"])
    var after = turn.cursor
    var seen = turn.seen
    var pages = 0
    while !Task.isShuttingDownGracefully {
      let (page, holds) = try await gate.together { [after] in
        try await readPage(turn, after: after, total: total)
      }
      guard holds else {
        log.info("past orders: another process has taken over")
        return
      }
      seen += page.count
      pages += 1
      guard let next = page.next else {
        isComplete.withLockedValue { $0 = true }
        log.info("past orders read", metadata: ["orders": "\(seen)"])
        return
      }
      if pages.isMultiple(of: settings.pagesPerLine) {
        log.info("reading past orders", metadata: ["orders": "\(seen)", "of": "\(total)"])
      }
      after = next
      try await Task.sleep(for: settings.pause)
    }
    try await HistoryRepository(pool).putBack(store: store.id, turn, error: nil, after: .zero)
  }

  /// Reads a page and commits what it holds. Returns it, and whether the run is still this process's.
  private func readPage(
    _ turn: HistoryRepository.Turn, after: String?, total: Int
  ) async throws -> (StoreClient.PastOrderPage, Bool) {
    let page = try await store.client.pastOrders(after: after)
    let holds = try await pool.transaction { session in
      try await BuyerRepository(session).record(
        store: store.id, page.purchases.map(BuyerRepository.Purchase.init))
      return try await HistoryRepository(session).advance(
        store: store.id, turn, behind: .init(count: page.count, next: page.next, total: total),
        lease: lease)
    }
    return (page, holds)
  }
}

extension BuyerRepository.Purchase {
  /// An order of the store's past.
  fileprivate init(_ past: StoreClient.PastPurchase) {
    self.init(
      orderID: past.purchase.orderID, orderedAt: past.purchase.createdAt,
      customerID: past.customerID, email: past.email)
  }
}
