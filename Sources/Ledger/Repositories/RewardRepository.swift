package import Domain
package import FoundationEssentials
package import Postgres

/// What is owed, and what has been paid.
package struct RewardRepository: Sendable {
  /// The states of a reward.
  package enum Status: String, Sendable, CaseIterable {
    /// Owed: the intent is written, the store may or may not have heard of it.
    case pending
    /// It exists at the store.
    case issued
    /// Its owner has been told the code.
    case delivered
    /// Something of it was spent.
    case used
    /// It can no longer be used, and never was.
    case expired
    /// Given up with a reason, until a human looks at it.
    case dead
    /// Taken back; it has to be made worthless at the store.
    case revoking
    /// Taken back; it is worthless at the store, or can never come to be there.
    case revoked
    /// Refused by a human before it was issued.
    case rejected
  }

  /// A reward that a worker holds.
  package struct Claim: Sendable {
    /// Its id, derived from its identity.
    package let id: UUID
    /// The referral that it answers.
    package let referralID: Int
    /// What its code is derived from.
    package let identity: RewardIdentity
    /// The key from which its code is derived.
    package let codeKeyID: String
    /// What it shall be at the store.
    package let kind: RewardKind
    /// How much it is worth.
    package let money: Money
    /// The last day on which it can be used, in UTC, such as `2027-01-31`; `nil` for ever.
    package let expiresOn: String?
    /// The subtotal from which a voucher counts, in the currency of `money`; `nil` for any.
    package let minimumSpend: Decimal?
    /// What a voucher takes off in percent; `nil` when it takes off `money`.
    package let percentOff: Decimal?
    /// The ids of the categories on whose goods a voucher counts; empty for whole orders.
    package let voucherCategories: [String]
    /// The milestone that it is for.
    package let milestone: Int?
    /// Whether a card is to be spent by its owner only.
    package let isBound: Bool
    /// The owner's id at the store; `nil` when the card is not to be bound, or he has no account.
    package let ownerID: String?
    /// The card at the store, once it is known.
    package let giftCardID: String?
    /// The voucher at the store, once it is known.
    package let voucherID: String?
    /// How many attempts have come to an end since the last success, this one included.
    package let attempts: Int
    /// Proof that the claim still holds.
    package let epoch: Int
    /// Whether it has been tried for longer than an outage lasts.
    package let isOverdue: Bool
  }

  /// Where a reward stands.
  package struct Standing: Sendable, Equatable {
    /// Its id.
    package let id: UUID
    /// One of `Status`.
    package let status: String
    /// What it is at the store.
    package let kind: String
    /// The card at the store, once it is known.
    package let giftCardID: String?
    /// The voucher at the store, once it is known.
    package let voucherID: String?
    /// The last day on which it can be used, in UTC, such as `2027-01-31`; `nil` for ever.
    package let expiresOn: String?
    /// Why the last attempt failed.
    package let lastError: String?
    /// How often it has been tried since the last success.
    package let attempts: Int
  }

  /// How long a reward is tried before a human has to look at it.
  package static let patience = "7 days"

  let session: any PostgresSession

  /// Works on `session`.
  package init(_ session: any PostgresSession) {
    self.session = session
  }

  /// Writes that a reward is owed, or that it has to be made worthless because of `fall`. A reward of
  /// this identity that stands already is left alone; returns false then.
  ///
  /// - Parameters:
  ///   - id: derived from `identity`, whose campaign and role are those of `grant`.
  ///   - birth: where its life begins: `RewardLife.birth`.
  /// - Throws: `PostgresError`.
  package func insertIntent(
    store: StoreID, id: UUID, identity: RewardIdentity, referralID: Int, _ grant: RewardGrant,
    codeKeyID: String, rolloutBucket: Int, birth: RewardLife.State = .pending, fall: String? = nil
  ) async throws -> Bool {
    try await session.execute(
      """
      INSERT INTO rewards (
        store_id, id, referral_id, order_id, campaign_id, role, version, type, amount, currency,
        expires_on, minimum_spend, percent_off, voucher_categories, is_bound, milestone,
        earned_percent, earned_cap, approvals_needed, code_key_id, rollout_bucket, status,
        take_back_reason, is_tombstone, first_attempt_at
      ) VALUES (
        \(store.value), \(id), \(referralID), \(identity.orderID), \(identity.campaignID),
        \(identity.role.rawValue), \(identity.version), \(grant.kind.rawValue),
        \(grant.money.amount), \(grant.money.currency.code),
        ((now() AT TIME ZONE 'UTC')::date + \(grant.validity?.interval)::interval)::date,
        \(grant.minimumSpend), \(grant.percentOff), \(grant.voucherCategories),
        \(grant.isBound), \(grant.milestone), \(grant.earnedPercent), \(grant.earnedCap),
        \(grant.approvalsNeeded), \(codeKeyID), \(rolloutBucket), \(birth.status), \(fall),
        \(birth == .revoking), CASE WHEN \(birth != .pending) THEN now() END
      )
      ON CONFLICT (store_id, order_id, campaign_id, role, version) DO NOTHING
      """) == 1
  }

  /// Notes that the reward exists at the store, as what and under which id there, and has its
  /// labels put on next; it is looked at after `firstLook`, and right after its end. Returns false
  /// when the claim no longer held.
  /// - Throws: `PostgresError`.
  package func markIssued(
    store: StoreID, _ claim: Claim, as kind: RewardKind, storeObjectID id: String,
    firstLook: Duration
  ) async throws -> Bool {
    try await session.execute(
      """
      UPDATE rewards SET status = 'issued', type = \(kind.rawValue),
        gift_card_id = \(kind == .giftCard ? id : nil),
        voucher_id = \(kind == .voucher ? id : nil), issued_at = now(), last_error = NULL,
        attempts = 0, next_attempt_at = now(), lease_until = NULL, looks = 0,
        next_look_at = least(now() + \(firstLook.milliseconds) * interval '1 millisecond',
          (expires_on + 1)::timestamp AT TIME ZONE 'UTC')
      WHERE store_id = \(store.value) AND id = \(claim.id) AND status = 'pending'
        AND epoch = \(claim.epoch)
      """) == 1
  }

  /// Notes that the owner of an issued reward has been told its code. Returns false when the reward
  /// was not issued, or is past that.
  /// - Throws: `PostgresError`.
  package func markDelivered(store: StoreID, id: UUID) async throws -> Bool {
    try await session.execute(
      """
      UPDATE rewards SET status = 'delivered'
      WHERE store_id = \(store.value) AND id = \(id) AND status = 'issued'
      """) == 1
  }

  /// Notes that nothing is left to do for an issued reward. Of one that was taken back meanwhile it only
  /// gives up the rest of the lease: what makes it worthless waits for that.
  /// - Throws: `PostgresError`.
  package func finish(store: StoreID, _ claim: Claim, error: String? = nil) async throws {
    // One step further there was no other claim: taking back was that step.
    try await session.execute(
      """
      UPDATE rewards SET lease_until = NULL,
        next_attempt_at = CASE WHEN epoch > \(claim.epoch) THEN next_attempt_at END,
        last_error = CASE WHEN epoch > \(claim.epoch) THEN last_error ELSE \(error) END
      WHERE store_id = \(store.value) AND id = \(claim.id) AND (epoch = \(claim.epoch)
        OR epoch = \(claim.epoch) + 1 AND status = 'revoking')
      """)
  }

  /// Puts a claimed reward back for a later attempt. Returns false when the claim no longer held.
  /// - Throws: `PostgresError`.
  @discardableResult
  package func putBack(
    store: StoreID, _ claim: Claim, after delay: Duration, error: String
  ) async throws -> Bool {
    try await session.execute(
      """
      UPDATE rewards SET lease_until = NULL, last_error = \(error), attempts = attempts + 1,
        next_attempt_at = now() + \(delay.milliseconds) * interval '1 millisecond'
      WHERE store_id = \(store.value) AND id = \(claim.id) AND epoch = \(claim.epoch)
      """) == 1
  }

  /// Gives a pending reward up with a reason.
  /// - Throws: `PostgresError`.
  package func bury(store: StoreID, _ claim: Claim, error: String) async throws {
    try await session.execute(
      """
      UPDATE rewards SET status = 'dead', last_error = \(error), next_attempt_at = NULL,
        lease_until = NULL, attempts = attempts + 1
      WHERE store_id = \(store.value) AND id = \(claim.id) AND status = 'pending'
        AND epoch = \(claim.epoch)
      """)
  }

  /// The rewards of an order.
  /// - Throws: `PostgresError`.
  package func find(store: StoreID, orderID: String) async throws -> [Standing] {
    try await session.rows(
      """
      SELECT id, status, type, gift_card_id, voucher_id, expires_on::text, last_error, attempts
      FROM rewards
      WHERE store_id = \(store.value) AND order_id = \(orderID)
      ORDER BY created_at, id
      """
    ) { row in
      Standing(
        id: try row.decode("id", as: UUID.self),
        status: try row.decode("status", as: String.self),
        kind: try row.decode("type", as: String.self),
        giftCardID: try row.decode("gift_card_id", as: String?.self),
        voucherID: try row.decode("voucher_id", as: String?.self),
        expiresOn: try row.decode("expires_on", as: String?.self),
        lastError: try row.decode("last_error", as: String?.self),
        attempts: try row.decode("attempts", as: Int.self))
    }
  }
}
