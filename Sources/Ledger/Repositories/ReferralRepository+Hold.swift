package import Domain
import Postgres

/// Orders whose rewards are held back.
extension ReferralRepository {
  /// How the ledger and the metrics name a wait for the end of a hold.
  package static let holdRule = "hold"

  /// Has a paid order wait until `days` days after it was first seen paid, by the database's clock. An
  /// event that came meanwhile has it looked at again at once. Returns false when that time is over,
  /// or the claim no longer held. `campaign` is the one that holds it; the decision may be for another.
  /// - Throws: `PostgresError`.
  package func holdBack(
    store: StoreID, _ claim: Claim, orderNumber: String, campaign: String, days: Int, reason: String
  ) async throws -> Bool {
    try await session.execute(
      """
      UPDATE referrals SET paid_at = coalesce(paid_at, now()),
        held_until = coalesce(paid_at, now()) + \(days) * interval '1 day',
        order_number = \(orderNumber), campaign_id = \(campaign),
        rule = \(Self.holdRule), reason = \(reason),
        checks = 0, fact_failures = 0,
        next_check_at = CASE WHEN hints <> \(claim.hints) THEN now()
          ELSE coalesce(paid_at, now()) + \(days) * interval '1 day' END,
        lease_until = NULL, updated_at = now()
      WHERE store_id = \(store.value) AND id = \(claim.id) AND state = 'tracked'
        AND epoch = \(claim.epoch)
        AND coalesce(paid_at, now()) + \(days) * interval '1 day' > now()
      """) == 1
  }

  /// Has an order that is held back wait on until the end of its hold, whatever its campaign says by
  /// now. Returns false when the claim no longer held.
  /// - Throws: `PostgresError`.
  package func keepBack(store: StoreID, _ claim: Claim, reason: String) async throws -> Bool {
    try await session.execute(
      """
      UPDATE referrals SET rule = \(Self.holdRule),
        -- While it waited for something else, that was its reason.
        reason = CASE WHEN rule = \(Self.holdRule) THEN reason ELSE \(reason) END,
        checks = 0, fact_failures = 0,
        next_check_at = CASE WHEN hints <> \(claim.hints) THEN now() ELSE held_until END,
        lease_until = NULL, updated_at = now()
      WHERE store_id = \(store.value) AND id = \(claim.id) AND state = 'tracked'
        AND epoch = \(claim.epoch)
      """) == 1
  }
}
