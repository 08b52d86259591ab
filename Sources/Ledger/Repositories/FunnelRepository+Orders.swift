package import Domain
import FoundationEssentials
import Postgres

/// What became of orders with a code.
extension FunnelRepository {
  /// The orders. Their channel and their value are those of the last decision that knew them; before
  /// one there is none.
  /// - Throws: `PostgresError`, `LedgerError`.
  package func orders(
    store: StoreID, _ scope: Scope, by breakdown: Breakdown
  ) async throws -> [Orders] {
    try await session.rows(
      """
      WITH seen AS MATERIALIZED (
        SELECT referrals.id, referrals.order_id, ref_code, state, rule, campaign_id,
          referred_customer_id, referred_mailbox, created_at,
          coalesce(own.ordered_at, created_at) AS placed_at
        FROM referrals
        LEFT JOIN buyers AS own
          ON own.store_id = \(store.value) AND own.order_id = referrals.order_id
        WHERE referrals.store_id = \(store.value)
          AND created_at >= \(scope.start) AND created_at < \(scope.end)
      ), decided AS (
        SELECT DISTINCT ON (seen.id) seen.id, channel, order_value, order_currency,
          decisions.campaign_id
        FROM seen
        JOIN decisions ON decisions.store_id = \(store.value) AND referral_id = seen.id
        -- Nothing follows from an order before it is seen.
        WHERE channel IS NOT NULL AND decided_at >= \(scope.start)
        ORDER BY seen.id, decisions.id DESC
      ), owed AS (
        SELECT DISTINCT ON (seen.id) seen.id, currency, rewards.campaign_id
        FROM seen
        JOIN rewards ON rewards.store_id = \(store.value) AND referral_id = seen.id
          AND rewards.created_at >= \(scope.start)
        ORDER BY seen.id
      ), known AS (
        SELECT seen.id FROM seen
        JOIN buyers AS earlier ON earlier.store_id = \(store.value)
          AND earlier.customer_id = seen.referred_customer_id
          AND earlier.ordered_at < seen.placed_at AND earlier.order_id <> seen.order_id
        UNION
        SELECT seen.id FROM seen
        JOIN buyers AS earlier ON earlier.store_id = \(store.value)
          AND earlier.mailbox = seen.referred_mailbox
          AND earlier.ordered_at < seen.placed_at AND earlier.order_id <> seen.order_id
      )
      SELECT key, state, rule, order_currency, cost_currency, count(*) AS count,
        count(*) FILTER (WHERE is_new) AS new_customers, coalesce(sum(order_value), 0) AS value
      FROM (
        SELECT CASE \(breakdown.rawValue)
            WHEN 'day' THEN (created_at AT TIME ZONE \(scope.timeZone))::date::text
            WHEN 'code' THEN ref_code WHEN 'campaign' THEN coalesce(campaign, '')
            ELSE coalesce(channel, '') END AS key,
          state, CASE WHEN state IN ('rejected', 'tracked') THEN rule END AS rule,
          order_currency, order_value, coalesce(currency, order_currency) AS cost_currency,
          state IN ('paid', 'rewarded') AND known.id IS NULL AS is_new
        FROM seen
        LEFT JOIN decided ON decided.id = seen.id
        LEFT JOIN owed ON owed.id = seen.id
        LEFT JOIN known ON known.id = seen.id
        CROSS JOIN LATERAL (
          -- Of a refusal the decision alone knows it.
          SELECT coalesce(seen.campaign_id, decided.campaign_id, owed.campaign_id) AS campaign
        ) AS named
        WHERE (\(scope.campaign)::text IS NULL OR campaign = \(scope.campaign))
          AND (\(scope.channel)::text IS NULL OR channel = \(scope.channel))
      ) AS judged
      GROUP BY key, state, rule, order_currency, cost_currency
      """
    ) { row in
      Orders(
        key: try row.decode("key", as: String.self),
        state: try row.decode("state", as: String.self),
        rule: try row.decode("rule", as: String?.self),
        currency: try Self.currency(try row.decode("order_currency", as: String?.self)),
        costCurrency: try Self.currency(try row.decode("cost_currency", as: String?.self)),
        count: try row.decode("count", as: Int.self),
        newCustomers: try row.decode("new_customers", as: Int.self),
        value: try row.decode("value", as: Decimal.self))
    }
  }

  /// The rewards of the same orders, of both sides.
  /// - Throws: `PostgresError`, `LedgerError`.
  package func rewards(
    store: StoreID, _ scope: Scope, by breakdown: Breakdown
  ) async throws -> [Rewards] {
    try await session.rows(
      """
      WITH decided AS (
        SELECT DISTINCT ON (referrals.id) referrals.id, channel
        FROM referrals
        JOIN decisions
          ON decisions.store_id = \(store.value) AND decisions.referral_id = referrals.id
        WHERE referrals.store_id = \(store.value)
          AND created_at >= \(scope.start) AND created_at < \(scope.end)
          AND channel IS NOT NULL AND decisions.decided_at >= \(scope.start)
          -- Nothing is read where nobody asks.
          AND (\(breakdown.rawValue) = 'channel' OR \(scope.channel)::text IS NOT NULL)
        ORDER BY referrals.id, decisions.id DESC
      )
      SELECT key, currency,
        count(*) FILTER (WHERE is_owed) AS owed_count,
        coalesce(sum(amount) FILTER (WHERE is_owed), 0) AS owed,
        count(*) FILTER (WHERE was_issued) AS issued_count,
        coalesce(sum(amount) FILTER (WHERE was_issued), 0) AS issued,
        count(*) FILTER (WHERE stands) AS standing_count,
        coalesce(sum(amount) FILTER (WHERE stands), 0) AS standing,
        count(*) FILTER (WHERE spent > 0) AS redeemed_count,
        coalesce(sum(spent), 0) AS redeemed,
        count(*) FILTER (WHERE was_issued AND NOT stands AND status <> 'expired')
          AS taken_back_count,
        coalesce(sum(amount) FILTER (WHERE was_issued AND NOT stands AND status <> 'expired'), 0)
          AS taken_back,
        coalesce(sum(spent) FILTER (WHERE NOT stands), 0) AS spent_before,
        count(*) FILTER (WHERE status = 'expired') AS expired_count,
        coalesce(sum(amount) FILTER (WHERE status = 'expired'), 0) AS expired,
        coalesce(sum(excess) FILTER (WHERE stands), 0) AS excess
      FROM (
        SELECT CASE \(breakdown.rawValue)
            WHEN 'day' THEN (referral.created_at AT TIME ZONE \(scope.timeZone))::date::text
            WHEN 'code' THEN referral.ref_code WHEN 'campaign' THEN campaign
            ELSE coalesce(channel, '') END AS key,
          status, currency, amount, excess,
          status IN ('pending', 'dead') AS is_owed,
          issued_at IS NOT NULL AND status NOT IN ('pending', 'dead', 'rejected') AS was_issued,
          status IN ('issued', 'delivered', 'used') AS stands,
          CASE WHEN status = 'revoked' THEN coalesce(shortfall, 0)
            WHEN status IN ('issued', 'delivered', 'used', 'expired') THEN
              coalesce(spent_amount, CASE WHEN status = 'used' THEN amount END, 0)
            ELSE 0 END AS spent
        FROM referrals AS referral
        JOIN rewards AS reward
          ON reward.store_id = \(store.value) AND reward.referral_id = referral.id
          AND reward.created_at >= \(scope.start)
        LEFT JOIN decided ON decided.id = referral.id
        CROSS JOIN LATERAL (
          SELECT coalesce(referral.campaign_id, reward.campaign_id) AS campaign
        ) AS named
        WHERE referral.store_id = \(store.value)
          AND referral.created_at >= \(scope.start) AND referral.created_at < \(scope.end)
          AND (\(scope.campaign)::text IS NULL OR campaign = \(scope.campaign))
          AND (\(scope.channel)::text IS NULL OR channel = \(scope.channel))
      ) AS owing
      GROUP BY key, currency
      """
    ) { row in
      guard
        let currency = try Self.currency(try row.decode("currency", as: String.self))
      else { throw LedgerError.unknownValue("rewards.currency") }
      return Rewards(
        key: try row.decode("key", as: String.self), currency: currency,
        owed: try Self.sum(row, "owed"), issued: try Self.sum(row, "issued"),
        standing: try Self.sum(row, "standing"),
        redeemed: try Self.sum(row, "redeemed"), takenBack: try Self.sum(row, "taken_back"),
        spentBefore: try row.decode("spent_before", as: Decimal.self),
        expired: try Self.sum(row, "expired"), excess: try row.decode("excess", as: Decimal.self))
    }
  }

  private static func sum(_ row: borrowing Row, _ name: String) throws -> Rewards.Sum {
    Rewards.Sum(
      count: try row.decode("\(name)_count", as: Int.self),
      amount: try row.decode(name, as: Decimal.self))
  }

  /// `nil` for none.
  private static func currency(_ text: String?) throws -> Currency? {
    guard let text else { return nil }
    guard let currency = Currency(text) else { throw LedgerError.unknownValue("currency") }
    return currency
  }
}
