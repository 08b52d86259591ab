package import Domain
package import FoundationEssentials
import Postgres

/// What is decided of a referral that a worker holds.
extension ReferralRepository {
  /// Decides that an order counts, and keeps the minimum that it had to bring in; `rule` and `reason`
  /// say why when the rules were not asked. Returns false when the claim no longer held.
  ///
  /// - Parameters:
  ///   - campaign: the campaign that the order belongs to.
  ///   - isOwed: whether a reward is due; without one nothing is waited for.
  ///   - decidedAt: when a life of the ledger that is lost decided it, as far as that is known, so that
  ///     it counts in the limits of that day; `nil`, and what lies ahead, for now.
  /// - Throws: `PostgresError`; SQLSTATE 23505 when another order of the buyer was faster.
  package func approve(
    store: StoreID, _ claim: Claim, _ particulars: Particulars, minimumOrder: Money?,
    rule: String? = nil, reason: String? = nil, campaign: String? = nil, isOwed: Bool = true,
    decidedAt: Date? = nil
  ) async throws -> Bool {
    try await decide(
      store: store, claim, particulars, state: isOwed ? "paid" : "rewarded", rule: rule,
      reason: reason, campaign: campaign, minimumOrder: minimumOrder, decidedAt: decidedAt)
  }

  /// Decides that no reward is due. Returns false when the claim no longer held.
  /// - Throws: `PostgresError`.
  package func reject(
    store: StoreID, _ claim: Claim, _ particulars: Particulars?, rule: String, reason: String
  ) async throws -> Bool {
    try await decide(
      store: store, claim, particulars, state: "rejected", rule: rule, reason: reason)
  }

  /// Puts the case before somebody who has `days` days to decide, from now on by the database's
  /// clock. Returns false when the claim no longer held.
  /// - Throws: `PostgresError`.
  package func review(
    store: StoreID, _ claim: Claim, _ particulars: Particulars, rule: String, reason: String,
    days: Int, campaign: String? = nil
  ) async throws -> Bool {
    try await decide(
      store: store, claim, particulars, state: "review", rule: rule, reason: reason,
      campaign: campaign, reviewDays: days)
  }

  private func decide(
    store: StoreID, _ claim: Claim, _ particulars: Particulars?, state: String, rule: String?,
    reason: String?, campaign: String? = nil, minimumOrder: Money? = nil, reviewDays: Int? = nil,
    decidedAt: Date? = nil
  ) async throws -> Bool {
    try await session.execute(
      """
      UPDATE referrals SET state = \(state), rule = \(rule), reason = \(reason),
        ref_code = coalesce(\(particulars?.code?.value), ref_code),
        order_number = coalesce(\(particulars?.orderNumber), order_number),
        -- What is not known now stays as it was found before.
        referred_customer_id = coalesce(\(particulars?.customerID), referred_customer_id),
        referred_email = CASE WHEN NOT \(particulars?.isForgotten ?? false)
          THEN coalesce(\(particulars?.email?.normalized), referred_email) END,
        referred_mailbox = coalesce(\(particulars?.mailbox), referred_mailbox),
        campaign_id = coalesce(\(campaign), campaign_id),
        decided_at = CASE WHEN \(state) <> 'review' THEN least(now(), \(decidedAt)::timestamptz) END,
        order_updated_at = coalesce(\(particulars?.orderUpdatedAt), order_updated_at),
        minimum_order = \(minimumOrder?.amount),
        minimum_order_currency = \(minimumOrder?.currency.code),
        review_until = coalesce(now() + \(reviewDays) * interval '1 day', review_until),
        checks = CASE WHEN \(state) = 'review' THEN 0 ELSE checks END,
        -- What an event told while this was decided calls for another look, but where no reward is
        -- due.
        next_check_at = CASE
          WHEN \(state) <> 'rejected' AND hints <> \(claim.hints) THEN now()
          WHEN \(state) = 'review' THEN now() + \(reviewDays) * interval '1 day' END,
        lease_until = NULL, updated_at = now()
      WHERE store_id = \(store.value) AND id = \(claim.id) AND state IN ('tracked', 'review')
        AND epoch = \(claim.epoch)
      """) == 1
  }
}
