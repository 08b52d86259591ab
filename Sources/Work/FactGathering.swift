package import Domain
package import Ledger
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

  /// What was gathered about one order.
  package struct Gathered: Sendable {
    /// The facts as they are now. What cannot be known is missing.
    package let sheet: FactSheet
    /// The order's marks, by which later orders are compared with it. Whoever decides writes them in
    /// the transaction of the decision, whatever it is (`TraceRepository.record`), unless the order
    /// waits.
    package let traces: TraceRepository.Traces
  }

  /// Gathers what is known of an order. Call it outside of a transaction: it asks the store twice
  /// and the ledger a few times.
  ///
  /// - Parameters:
  ///   - referral: the number of the order's own referral, which is compared with the others.
  ///   - code: the code that counts for the order; `nil` when it names none that was issued. What is
  ///     known of the referrer is missing then.
  ///   - looks: how often the order has been looked at, this time included
  ///     (`ReferralRepository.Claim.checks`). What the store does not tell then because of an
  ///     error of its own that lasts is unknown, so that no reward hangs on it for ever.
  /// - Throws: `StoreError` when trying again can help, `PostgresError`, `SigningError`,
  ///   `CancellationError`.
  package func facts(
    of order: Order, referral: Int, code: Facts.Code?, history: Facts.History, marks: OrderMarks,
    looks: Int
  ) async throws -> Gathered {
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
    let buyer =
      try order.userID
      ?? keys.pseudonyms(of: order.email?.mailbox ?? order.id, store: store.address).first
      ?? order.id
    return Gathered(
      sheet: sheet,
      traces: TraceRepository.Traces(buyer: buyer, orderedAt: order.createdAt, marks: []))
  }
}
