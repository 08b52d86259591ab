import Domain
import Ledger
package import Logging
package import Postgres
import SaleorAPI
import ServiceLifecycle
import Signing

/// First stage: reads what waits in the inbox and follows each order that names a code. It needs
/// the ledger only, so a whole batch goes with one transaction.
package struct Link: Sendable {
  private let pool: Pool
  private let store: ConnectedStore
  private let log: Logger
  private let linked: @Sendable () -> Void

  /// How many deliveries one transaction takes.
  private static let batch = 256

  /// Works for `store`; calls `linked` when there is something to decide.
  package init(
    pool: Pool, store: ConnectedStore, log: Logger, linked: @escaping @Sendable () -> Void
  ) {
    self.pool = pool
    self.store = store
    self.log = log
    self.linked = linked
  }

  /// Empties the queue. Gives no jobs: the work is done when it returns.
  /// - Throws: `PostgresError`.
  package func claim(_ limit: Int) async throws -> [Stage.Job] {
    while try await linkBatch() == Self.batch, !Task.isShuttingDownGracefully {}
    return []
  }

  private func linkBatch() async throws -> Int {
    let (count, orders) = try await pool.transaction { session in
      let inbox = InboxRepository(session)
      let waiting = try await inbox.take(store: store.id, limit: Self.batch)
      guard !waiting.isEmpty else { return (0, 0) }
      var outcomes: [(eventID: [UInt8], outcome: InboxRepository.Outcome)] = []
      var orders: [(orderID: String, code: ReferralCode)] = []
      for delivery in waiting {
        let (outcome, order) = Self.read(delivery)
        if outcome != .noCode {
          log.info(
            "settled",
            metadata: [
              "delivery": "\(Hex.encode(Array(delivery.eventID.prefix(8))))",
              "outcome": "\(outcome.rawValue)",
              "order": "\(order?.orderID ?? "")",
            ])
        }
        outcomes.append((delivery.eventID, outcome))
        if let order { orders.append(order) }
      }
      if !orders.isEmpty {
        try await ReferralRepository(session).track(store: store.id, orders)
      }
      try await inbox.settle(store: store.id, outcomes)
      return (waiting.count, orders.count)
    }
    if count > 0 {
      log.debug("deliveries linked", metadata: ["count": "\(count)", "orders": "\(orders)"])
    }
    if orders > 0 { linked() }
    return count
  }

  /// What follows from one delivery.
  static func read(
    _ waiting: InboxRepository.Waiting
  ) -> (InboxRepository.Outcome, (orderID: String, code: ReferralCode)?) {
    guard let delivery = try? Delivery(body: waiting.body, eventHeader: waiting.event),
      let orderID = delivery.orderID
    else { return (.malformed, nil) }
    guard let text = delivery.referralCodeText, !text.trimmingSpace().isEmpty else {
      return (.noCode, nil)
    }
    guard let code = ReferralCode(typed: text) else { return (.invalidCode, nil) }
    return (.linked, (orderID, code))
  }
}
