package import Domain
package import Postgres
package import Rules

/// Brings together what the rules want to know of one order: from the order itself, from the store,
/// and from the ledger.
package struct FactGathering: Sendable {
  private let pool: Pool
  private let store: ConnectedStore
  private let keys: RewardKeys

  /// Gathers for `store`.
  package init(pool: Pool, store: ConnectedStore, keys: RewardKeys) {
    self.pool = pool
    self.store = store
    self.keys = keys
  }

  /// The facts of an order as they are now, and its marks by which later orders are compared with
  /// it. What cannot be known is missing.
  /// - Throws: `StoreError` when trying again can help, `PostgresError`, `SigningError`.
  package func facts(
    of order: Order, code: Facts.Code?, history: Facts.History, marks: OrderMarks
  ) async throws -> FactSheet {
    var sheet = FactSheet()
    sheet[.orderValue] = .money(order.spending)
    sheet[.channel] = .text(order.channel)
    sheet[.buyerUser] = order.userID.map(SignalValue.text)
    sheet[.buyerGuest] = .flag(order.userID == nil)
    sheet[.buyerAddress] = (order.email?.mailbox).map(SignalValue.text)
    sheet[.buyerDomain] = (order.email?.domain).map(SignalValue.text)
    if let code {
      sheet[.code] = .text(code.code.value)
      sheet[.referrerUser] = .text(code.referrerUserID)
      sheet[.referrerAddress] = .text(code.referrerEmail.mailbox)
      sheet[.referrerDomain] = .text(code.referrerEmail.domain)
    }
    switch history {
    case .none: sheet[.firstOrder] = .flag(true)
    case .order: sheet[.firstOrder] = .flag(false)
    case .unknown, .unread: break
    }
    return sheet
  }
}
