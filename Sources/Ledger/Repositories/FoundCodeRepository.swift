package import Domain
package import FoundationEssentials
package import Postgres

/// Promo codes of Laurel's at the store whose rewards the ledger did not know.
package struct FoundCodeRepository: Sendable {
  /// A code that was found.
  package struct Found: Sendable {
    /// The reward that it names.
    package let rewardID: UUID
    /// What it is.
    package let kind: RewardKind
    /// SHA-256 of the code.
    package let codeHash: [UInt8]
    /// The campaign that it names.
    package let campaignID: String
    /// Whose reward it says that it is; `nil` when what stands there is nobody.
    package let role: RewardIdentity.Role?
    /// The milestone that it names.
    package let milestone: Int?
    /// What it is worth, or what a voucher that takes off percent counts for; `nil` for a voucher that
    /// is listed in no channel.
    package let amount: Decimal?
    /// What a voucher takes off in percent; `nil` when it takes off the amount.
    package let percentOff: Decimal?
    /// The currency of the amount, as the store has it.
    package let currency: String
    /// From when on it can no longer be used; `nil` for never.
    package let endsAt: Date?
  }

  /// For how long after it was found a code holds back the decisions on other orders at most.
  package static let patience = "1 hour"

  private let session: any PostgresSession

  /// Works on `session`.
  package init(_ session: any PostgresSession) {
    self.session = session
  }

  /// Writes codes down, each with the reason for which it cannot be adopted, if there is one.
  /// - Throws: `PostgresError`.
  package func save(
    store: StoreID, _ codes: [(code: StoreCodeRepository.Code, problem: String?)]
  ) async throws {
    let codes = codes.filter { $0.code.rewardID != nil }
    try await session.execute(
      """
      INSERT INTO found_codes AS found (
        store_id, reward_id, kind, store_object_id, code_hash, order_id, campaign_id, role, milestone,
        amount, percent_off, currency, ends_at, is_active, spent, problem
      )
      SELECT \(store.value), * FROM unnest(
        \(codes.map(\.code.rewardID)), \(codes.map(\.code.kind.rawValue)),
        \(codes.map(\.code.objectID)), \(codes.map(\.code.codeHash)),
        \(codes.map(\.code.orderID)), \(codes.map(\.code.campaignID)),
        \(codes.map { $0.code.role?.rawValue }), \(codes.map(\.code.milestone)),
        \(codes.map { $0.code.amount.flatMap { $0 > 0 ? $0 : nil } }),
        \(codes.map(\.code.percentOff)), \(codes.map(\.code.currency)),
        \(codes.map(\.code.endsAt)), \(codes.map(\.code.isActive)), \(codes.map(\.code.spent)),
        \(codes.map(\.problem))
      )
      ON CONFLICT (store_id, reward_id) DO UPDATE SET kind = excluded.kind,
        store_object_id = excluded.store_object_id, code_hash = excluded.code_hash,
        order_id = excluded.order_id, campaign_id = excluded.campaign_id, role = excluded.role,
        milestone = excluded.milestone, amount = excluded.amount,
        percent_off = excluded.percent_off, currency = excluded.currency,
        ends_at = excluded.ends_at,
        is_active = excluded.is_active, spent = excluded.spent, problem = excluded.problem,
        found_at = CASE WHEN found.adopted_at IS NULL THEN found.found_at ELSE now() END,
        adopted_at = NULL
      """)
  }

  /// Has the referrals of orders decided again that were decided, or are in review, and have no
  /// reward: an older life of this ledger made them. One with a reward stays as it is: all rewards of
  /// an order come to be together, and this one was decided without those that were found.
  /// - Throws: `PostgresError`.
  package func reopen(store: StoreID, orders: [String]) async throws {
    try await session.execute(
      """
      UPDATE referrals SET state = 'tracked', rule = NULL, reason = NULL, next_check_at = now(),
        lease_until = NULL, hints = hints + 1, checks = 0, epoch = epoch + 1, updated_at = now(),
        review_until = NULL, review_verdict = NULL, review_note = NULL, reviewed_at = NULL
      WHERE store_id = \(store.value) AND order_id = ANY (\(orders)) AND state <> 'tracked'
        AND NOT EXISTS (
          SELECT FROM rewards
          WHERE rewards.store_id = referrals.store_id AND rewards.referral_id = referrals.id)
      """)
  }

  /// How many codes, counted up to `limit`, are about to be adopted: their orders are on the way
  /// through the inbox, or are being decided. While there are any, no other order should be
  /// decided: of two orders of one buyer, the one that was paid for counts. Nobody is held up for
  /// longer than `patience`.
  /// - Throws: `PostgresError`.
  package func unresolved(store: StoreID, limit: Int = 1_000_000) async throws -> Int {
    try await session.first(
      """
      SELECT count(*) AS count FROM (
        SELECT FROM found_codes
        WHERE store_id = \(store.value) AND adopted_at IS NULL AND problem IS NULL
          AND order_id IS NOT NULL AND found_at > now() - \(Self.patience)::interval
          AND NOT EXISTS (
            SELECT FROM rewards WHERE rewards.store_id = found_codes.store_id
              AND rewards.id = found_codes.reward_id)
          AND (
            EXISTS (
              SELECT FROM inbox WHERE inbox.store_id = found_codes.store_id
                AND inbox.order_id = found_codes.order_id AND inbox.outcome IS NULL)
            OR EXISTS (
              SELECT FROM referrals WHERE referrals.store_id = found_codes.store_id
                AND referrals.order_id = found_codes.order_id
                AND state IN ('tracked', 'review')))
        LIMIT \(limit)
      ) AS open
      """
    ) { row in try row.decode("count", as: Int.self) } ?? 0
  }

  /// The codes that were found and are not adopted which name an order, or one of these rewards, by the
  /// reward's id.
  /// - Throws: `PostgresError`, `LedgerError`.
  package func find(store: StoreID, orderID: String, rewardIDs: [UUID]) async throws -> [Found] {
    try await session.rows(
      """
      SELECT reward_id, kind, code_hash, campaign_id, role, milestone, amount, percent_off,
        currency, ends_at
      FROM found_codes
      WHERE store_id = \(store.value) AND adopted_at IS NULL
        AND (order_id = \(orderID) OR reward_id = ANY (\(rewardIDs)))
      ORDER BY reward_id
      """
    ) { row in
      guard let kind = RewardKind(rawValue: try row.decode("kind", as: String.self)) else {
        throw LedgerError.unknownValue("found_codes.kind")
      }
      return Found(
        rewardID: try row.decode("reward_id", as: UUID.self), kind: kind,
        codeHash: try row.decode("code_hash", as: [UInt8].self),
        campaignID: try row.decode("campaign_id", as: String.self),
        role: try row.decode("role", as: String?.self).flatMap(RewardIdentity.Role.init),
        milestone: try row.decode("milestone", as: Int?.self),
        amount: try row.decode("amount", as: Decimal?.self),
        percentOff: try row.decode("percent_off", as: Decimal?.self),
        currency: try row.decode("currency", as: String.self),
        endsAt: try row.decode("ends_at", as: Date?.self))
    }
  }

  /// Notes why codes cannot be adopted now; they hold nobody up any longer.
  /// - Throws: `PostgresError`.
  package func postpone(store: StoreID, rewardIDs: [UUID], problem: String) async throws {
    try await session.execute(
      """
      UPDATE found_codes SET problem = \(problem)
      WHERE store_id = \(store.value) AND reward_id = ANY (\(rewardIDs)) AND adopted_at IS NULL
      """)
  }

  /// Holds the budgets of campaigns, which the rewards that follow count into, until the transaction
  /// ends: every transaction takes them before rewards and referrals, so that two cannot deadlock.
  /// - Throws: `PostgresError`.
  package func holdBudgets(store: StoreID, campaigns: Set<String>) async throws {
    try await session.execute(
      """
      SELECT FROM campaign_budgets
      WHERE store_id = \(store.value) AND campaign_id = ANY (\(campaigns.sorted()))
      ORDER BY campaign_id COLLATE "C", currency COLLATE "C" FOR NO KEY UPDATE
      """)
  }

  /// Writes the reward of a code that was found: one whose create has been sent, so that the next
  /// attempt meets its code and takes it over, or, with `takeBackReason`, one that is to be made
  /// worthless. It can be used until the day that the store says. Nobody has to approve it: it is paid.
  /// - Throws: `PostgresError`.
  package func adopt(
    store: StoreID, _ found: Found, identity: RewardIdentity, referralID: Int,
    _ grant: RewardGrant, codeKeyID: String, rolloutBucket: Int, takeBackReason: String?
  ) async throws {
    try await session.execute(
      """
      INSERT INTO rewards (
        store_id, id, referral_id, order_id, campaign_id, role, version, type, amount, currency,
        expires_on, minimum_spend, percent_off, voucher_categories, milestone, earned_percent,
        earned_cap, code_key_id, rollout_bucket, status, approved_at, approval_note, first_attempt_at, take_back_reason
      ) VALUES (
        \(store.value), \(found.rewardID), \(referralID), \(identity.orderID),
        \(identity.campaignID), \(identity.role.rawValue), \(identity.version),
        \(grant.kind.rawValue), \(grant.money.amount), \(grant.money.currency.code),
        ((\(found.endsAt) - interval '1 second') AT TIME ZONE 'UTC')::date,
        \(grant.minimumSpend), \(grant.percentOff), \(grant.voucherCategories),
        \(grant.milestone), \(grant.earnedPercent), \(grant.earnedCap), \(codeKeyID),
        \(rolloutBucket),
        \(takeBackReason == nil ? "pending" : "revoking"), now(), 'found at the store', now(),
        \(takeBackReason)
      )
      """)
    try await session.execute(
      """
      UPDATE found_codes SET adopted_at = now(), problem = NULL
      WHERE store_id = \(store.value) AND reward_id = \(found.rewardID)
      """)
    try await session.execute(
      """
      UPDATE referrals SET campaign_id = \(identity.campaignID)
      WHERE store_id = \(store.value) AND id = \(referralID)
      """)
  }
}
