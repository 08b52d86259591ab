package import Domain
import FoundationEssentials
import Postgres

/// How workers take hold of rewards.
extension RewardRepository {
  /// Claims pending rewards that `rollout` or a human releases, for `lease`.
  ///
  /// Time in which nobody tried does not count as trying: what lay for a day starts anew.
  /// - Throws: `PostgresError`.
  package func claimOwed(
    store: StoreID, rollout: Rollout, limit: Int, lease: Duration
  ) async throws -> [Claim] {
    guard case .percent(let percent) = rollout else { return [] }
    // The oldest of each bucket, and of these the oldest: what waits for approval is never read.
    // More than `limit` of them, because another worker may just be taking the same.
    return try await session.rows(
      """
      WITH oldest AS MATERIALIZED (
        SELECT waiting.id FROM generate_series(-1, \(percent) - 1) AS released (rank)
        CROSS JOIN LATERAL (
          SELECT id, next_attempt_at FROM rewards
          WHERE store_id = \(store.value) AND status = 'pending' AND release_rank = released.rank
            AND next_attempt_at <= now() AND (lease_until IS NULL OR lease_until < now())
            AND id::text <> ALL ((SELECT taken_keys(\(store.value), 'issue'))::text[])
          ORDER BY next_attempt_at LIMIT \(limit)
        ) AS waiting
        ORDER BY waiting.next_attempt_at LIMIT \(4 * limit)
      ), due AS MATERIALIZED (
        SELECT rewards.id FROM oldest JOIN rewards
          ON rewards.store_id = \(store.value) AND rewards.id = oldest.id
        WHERE status = 'pending' AND next_attempt_at <= now()
          AND (lease_until IS NULL OR lease_until < now())
        LIMIT \(limit) FOR UPDATE OF rewards SKIP LOCKED
      )
      UPDATE rewards SET lease_until = now() + \(lease.milliseconds) * interval '1 millisecond',
        epoch = rewards.epoch + 1,
        -- The days of validity count from here: what waited for approval is not past already.
        expires_on = CASE WHEN first_attempt_at IS NULL
          THEN (now() AT TIME ZONE 'UTC')::date
            + (expires_on - (rewards.created_at AT TIME ZONE 'UTC')::date)
          ELSE expires_on END,
        first_attempt_at = CASE WHEN next_attempt_at < now() - interval '1 day' THEN now()
          ELSE coalesce(first_attempt_at, now()) END
      FROM due, stores
      WHERE rewards.store_id = \(store.value) AND rewards.id = due.id
        AND stores.id = rewards.store_id
      RETURNING rewards.id, referral_id, stores.address, order_id, campaign_id, role, version,
        type, amount, currency, expires_on::text, minimum_spend, percent_off, voucher_categories,
        milestone, is_bound, CASE WHEN is_bound THEN (
          SELECT CASE rewards.role WHEN 'friend' THEN referred_customer_id
            ELSE referrer_user_id END
          FROM referrals
          LEFT JOIN referral_codes ON referral_codes.store_id = referrals.store_id
            AND referral_codes.code = referrals.ref_code
          WHERE referrals.store_id = rewards.store_id AND referrals.id = rewards.referral_id
        ) END AS owner_id, code_key_id, gift_card_id, voucher_id,
        attempts + 1 AS attempts, epoch, first_attempt_at < now() - \(Self.patience)::interval AS is_overdue
      """, Self.claim)
  }

  /// Claims rewards in `status` with work that is due, for `lease`.
  /// - Throws: `PostgresError`.
  package func claimDue(
    store: StoreID, status: Status, limit: Int, lease: Duration
  ) async throws -> [Claim] {
    try await session.rows(
      """
      WITH due AS MATERIALIZED (
        SELECT id FROM rewards
        WHERE store_id = \(store.value) AND status = \(status.rawValue)
          AND next_attempt_at <= now() AND (lease_until IS NULL OR lease_until < now())
          -- A label that is just put on a card saves the whole card, and could undo what a
          -- revocation beside it does: the one waits for the other.
          AND id::text <> ALL ((SELECT taken_keys(\(store.value), 'label')
            || taken_keys(\(store.value), 'revoke'))::text[])
        ORDER BY next_attempt_at LIMIT \(limit) FOR UPDATE SKIP LOCKED
      )
      UPDATE rewards SET lease_until = now() + \(lease.milliseconds) * interval '1 millisecond',
        epoch = rewards.epoch + 1
      FROM due, stores
      WHERE rewards.store_id = \(store.value) AND rewards.id = due.id
        AND stores.id = rewards.store_id
      RETURNING rewards.id, referral_id, stores.address, order_id, campaign_id, role, version,
        type, amount, currency, expires_on::text, minimum_spend, percent_off, voucher_categories,
        milestone, is_bound, CASE WHEN is_bound THEN (
          SELECT CASE rewards.role WHEN 'friend' THEN referred_customer_id
            ELSE referrer_user_id END
          FROM referrals
          LEFT JOIN referral_codes ON referral_codes.store_id = referrals.store_id
            AND referral_codes.code = referrals.ref_code
          WHERE referrals.store_id = rewards.store_id AND referrals.id = rewards.referral_id
        ) END AS owner_id, code_key_id, gift_card_id, voucher_id,
        attempts + 1 AS attempts, epoch,
        first_attempt_at < now() - \(Self.patience)::interval AS is_overdue
      """, Self.claim)
  }

  @Sendable private static func claim(_ row: borrowing Row) throws -> Claim {
    let terms = try RewardTerms(row)
    return Claim(
      id: try row.decode("id", as: UUID.self),
      referralID: try row.decode("referral_id", as: Int.self),
      identity: terms.identity, codeKeyID: terms.codeKeyID, kind: terms.kind,
      money: terms.money, expiresOn: terms.expiresOn, minimumSpend: terms.minimumSpend,
      percentOff: terms.percentOff,
      voucherCategories: try row.decode("voucher_categories", as: [String].self),
      milestone: terms.milestone, isBound: try row.decode("is_bound", as: Bool.self),
      ownerID: try row.decode("owner_id", as: String?.self), giftCardID: terms.giftCardID,
      voucherID: try row.decode("voucher_id", as: String?.self),
      attempts: try row.decode("attempts", as: Int.self),
      epoch: try row.decode("epoch", as: Int.self),
      isOverdue: try row.decode("is_overdue", as: Bool.self))
  }
}
