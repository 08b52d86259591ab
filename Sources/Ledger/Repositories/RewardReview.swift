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
    /// The customer who shared the code; `nil` when his code is gone.
    package let referrerUserID: String?
    /// The campaign that pays.
    package let campaignID: String
    /// referrer or friend: who receives it.
    package let role: String
    /// The customer who receives it; `nil` when his code is gone, or he has no account.
    package let recipientUserID: String?
    /// The milestone that it is for.
    package let milestone: Int?
    /// What a voucher takes off in percent; `amount` is then what it counts for.
    package let percentOff: Decimal?
    /// Whether a card is to be spent by its owner only, where the store can do that.
    package let isBound: Bool
    /// By how much it is more than a partly refunded order earns by now.
    package let excess: Decimal?
    /// How many different people have to release it: 0, 1 or 2.
    package let approvalsNeeded: Int
    /// Who did.
    package let approvers: [String]
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

  /// The newest rewards that wait for people, because `rollout` does not release them or their campaign
  /// has them released by people, newest first.
  /// - Throws: `PostgresError`.
  package func waiting(store: StoreID, rollout: Rollout, limit: Int) async throws -> [Account] {
    var released = 0
    if case .percent(let percent) = rollout { released = percent }
    return try await session.rows(
      """
      SELECT * FROM reward_accounts
      WHERE store_id = \(store.value) AND status = 'pending' AND approved_at IS NULL
        AND release_rank >= \(released)
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

  /// What became of an approval.
  package enum Approval: Sendable, Equatable {
    /// The reward is released, or a dead one is tried again.
    case released
    /// It counts, and so many other people are still needed.
    case counted(missing: Int)
    /// The same person has approved it before, and another one is needed.
    case again
    /// There is nothing to release: it is neither pending nor dead, or approved already.
    case refused
  }

  /// Notes that somebody releases a pending reward, or sends a dead one to the work again, and does so
  /// once as many different people have said so as it needs. One that was released before needs nobody
  /// else. Call it within a transaction.
  /// - Parameter approver: who says so; two names are one person when they differ in nothing but case
  ///   and the space around them.
  /// - Throws: `PostgresError`.
  package func approve(
    store: StoreID, _ id: UUID, by approver: String, note: String?
  ) async throws -> Approval {
    // Of two at once the second sees what the first has written.
    let needed = try await session.first(
      """
      SELECT CASE WHEN approved_at IS NULL THEN approvals_needed ELSE 0 END AS needed FROM rewards
      WHERE store_id = \(store.value) AND id = \(id)
        AND (status = 'dead' OR (status = 'pending' AND approved_at IS NULL))
      FOR UPDATE
      """
    ) { row in try row.decode("needed", as: Int.self) }
    guard let needed else { return .refused }
    let approver = approver.trimmingSpace()
    let others = try await session.rows(
      """
      SELECT approver FROM reward_approvals
      WHERE store_id = \(store.value) AND reward_id = \(id)
      """
    ) { row in try row.decode("approver", as: String.self) }
    let isKnown = others.contains { $0.lowercased() == approver.lowercased() }
    let missing = needed - others.count - (isKnown ? 0 : 1)
    if isKnown, missing > 0 { return .again }
    if !isKnown {
      try await session.execute(
        """
        INSERT INTO reward_approvals (store_id, reward_id, approver, note, approved_at)
        VALUES (\(store.value), \(id), \(approver), \(note), clock_timestamp())
        """)
    }
    if missing > 0 { return .counted(missing: missing) }
    try await release(store: store, id, note: note)
    return .released
  }

  private func release(store: StoreID, _ id: UUID, note: String?) async throws {
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
      """)
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
      campaignID: try row.decode("campaign_id", as: String.self),
      role: try row.decode("role", as: String.self),
      recipientUserID: try row.decode("recipient_user_id", as: String?.self),
      milestone: try row.decode("milestone", as: Int?.self),
      percentOff: try row.decode("percent_off", as: Decimal?.self),
      isBound: try row.decode("is_bound", as: Bool.self),
      excess: try row.decode("excess", as: Decimal?.self),
      approvalsNeeded: try row.decode("approvals_needed", as: Int.self),
      approvers: try row.decode("approvers", as: [String].self),
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
