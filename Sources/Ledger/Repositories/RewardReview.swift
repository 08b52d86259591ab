package import Domain
package import FoundationEssentials
package import Postgres

/// The rewards as a human looks at them, and what he decides of them.
package struct RewardReview: Sendable {
  /// A reward and what led to it. Its code at the store is money, and is nowhere in the ledger.
  package struct Account: Sendable, Equatable {
    /// Its id.
    package let id: UUID
    /// pending, issued, delivered, used, expired, dead or rejected.
    package let status: String
    /// What it is, or shall be, at the store.
    package let kind: String
    /// How much it is worth.
    package let amount: Decimal
    /// The currency of the amounts.
    package let currency: String
    /// The last day on which it can be used, in UTC; `nil` for ever.
    package let expiresOn: String?
    /// The order that it answers.
    package let orderID: String
    /// The number that people see; `nil` when the order was never read.
    package let orderNumber: String?
    /// The number of the referral.
    package let referralID: Int
    /// tracked, review, paid, rewarded or rejected.
    package let referralState: String
    /// The rule that refused or waits.
    package let rule: String?
    /// Its reason.
    package let reason: String?
    /// The referral code that the order used.
    package let code: String
    /// The customer who receives the reward; `nil` when his code is gone.
    package let referrerUserID: String?
    /// Where he stands in a rollout by percent, 0 to 99.
    package let rolloutBucket: Int
    /// When a human released it.
    package let approvedAt: Date?
    /// What he noted.
    package let approvalNote: String?
    /// Why a human refused it.
    package let rejectionReason: String?
    /// How often it has been tried since the last success.
    package let attempts: Int
    /// Since when it is tried.
    package let firstAttemptAt: Date?
    /// When it is tried next.
    package let nextAttemptAt: Date?
    /// What went wrong last.
    package let lastError: String?
    /// The card at the store.
    package let giftCardID: String?
    /// The voucher at the store.
    package let voucherID: String?
    /// When it was decided that it is due.
    package let createdAt: Date
    /// When it was seen to exist at the store.
    package let issuedAt: Date?
    /// When it was last read back.
    package let lastLookAt: Date?
    /// What had been spent of a card by then.
    package let spentAmount: Decimal?
  }

  /// How many a list shows at most.
  package static let maximumLimit = 10_000

  private let session: any PostgresSession

  /// Works on `session`.
  package init(_ session: any PostgresSession) {
    self.session = session
  }

  /// The newest rewards, newest first: in one status, or all.
  /// - Throws: `PostgresError`.
  package func list(
    store: StoreID, status: String?, limit: Int
  ) async throws -> [Account] {
    let limit = min(limit, Self.maximumLimit)
    guard let status else {
      return try await session.rows(
        """
        SELECT * FROM reward_accounts WHERE store_id = \(store.value)
        ORDER BY created_at DESC LIMIT \(limit)
        """, Self.account)
    }
    return try await session.rows(
      """
      SELECT * FROM reward_accounts WHERE store_id = \(store.value) AND status = \(status)
      ORDER BY created_at DESC LIMIT \(limit)
      """, Self.account)
  }

  /// The newest rewards that `rollout` does not release and nobody has approved, newest first.
  /// - Throws: `PostgresError`.
  package func waiting(store: StoreID, rollout: Rollout, limit: Int) async throws -> [Account] {
    var released = 0
    if case .percent(let percent) = rollout { released = percent }
    return try await session.rows(
      """
      SELECT * FROM reward_accounts
      WHERE store_id = \(store.value) AND status = 'pending' AND approved_at IS NULL
        AND rollout_bucket >= \(released)
      ORDER BY created_at DESC LIMIT \(min(limit, Self.maximumLimit))
      """, Self.account)
  }

  /// One reward.
  /// - Throws: `PostgresError`.
  package func find(store: StoreID, _ id: UUID) async throws -> Account? {
    try await session.first(
      """
      SELECT * FROM reward_accounts WHERE store_id = \(store.value) AND id = \(id)
      """, Self.account)
  }

  /// The rewards of an order.
  /// - Throws: `PostgresError`.
  package func find(store: StoreID, orderID: String) async throws -> [Account] {
    try await session.rows(
      """
      SELECT * FROM reward_accounts WHERE store_id = \(store.value) AND order_id = \(orderID)
      ORDER BY created_at, id
      """, Self.account)
  }

  /// Releases a pending reward, or sends a dead one to the work again. Returns false when it is
  /// neither, or approved already.
  /// - Throws: `PostgresError`.
  package func approve(store: StoreID, _ id: UUID, note: String?) async throws -> Bool {
    try await session.execute(
      """
      UPDATE rewards SET approved_at = now(), approval_note = \(note),
        expires_on = CASE WHEN status = 'dead' AND expires_on <= (now() AT TIME ZONE 'UTC')::date
          THEN (now() AT TIME ZONE 'UTC')::date
            + (expires_on - (created_at AT TIME ZONE 'UTC')::date)
          ELSE expires_on END,
        attempts = CASE status WHEN 'dead' THEN 0 ELSE attempts END,
        -- Its code may be at the store: it counts as begun, with new patience.
        first_attempt_at = CASE status WHEN 'dead' THEN now() ELSE first_attempt_at END,
        next_attempt_at = CASE status WHEN 'dead' THEN now() ELSE next_attempt_at END,
        status = 'pending'
      WHERE store_id = \(store.value) AND id = \(id)
        AND (status = 'dead' OR (status = 'pending' AND approved_at IS NULL))
      """) == 1
  }

  @Sendable private static func account(_ row: borrowing Row) throws -> Account {
    Account(
      id: try row.decode("id", as: UUID.self),
      status: try row.decode("status", as: String.self),
      kind: try row.decode("type", as: String.self),
      amount: try row.decode("amount", as: Decimal.self),
      currency: try row.decode("currency", as: String.self),
      expiresOn: try row.decode("expires_on", as: String?.self),
      orderID: try row.decode("order_id", as: String.self),
      orderNumber: try row.decode("order_number", as: String?.self),
      referralID: try row.decode("referral_id", as: Int.self),
      referralState: try row.decode("referral_state", as: String.self),
      rule: try row.decode("rule", as: String?.self),
      reason: try row.decode("reason", as: String?.self),
      code: try row.decode("ref_code", as: String.self),
      referrerUserID: try row.decode("referrer_user_id", as: String?.self),
      rolloutBucket: try row.decode("rollout_bucket", as: Int.self),
      approvedAt: try row.decode("approved_at", as: Date?.self),
      approvalNote: try row.decode("approval_note", as: String?.self),
      rejectionReason: try row.decode("rejection_reason", as: String?.self),
      attempts: try row.decode("attempts", as: Int.self),
      firstAttemptAt: try row.decode("first_attempt_at", as: Date?.self),
      nextAttemptAt: try row.decode("next_attempt_at", as: Date?.self),
      lastError: try row.decode("last_error", as: String?.self),
      giftCardID: try row.decode("gift_card_id", as: String?.self),
      voucherID: try row.decode("voucher_id", as: String?.self),
      createdAt: try row.decode("created_at", as: Date.self),
      issuedAt: try row.decode("issued_at", as: Date?.self),
      lastLookAt: try row.decode("last_look_at", as: Date?.self),
      spentAmount: try row.decode("spent_amount", as: Decimal?.self))
  }
}
