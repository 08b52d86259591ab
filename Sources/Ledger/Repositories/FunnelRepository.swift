package import Domain
package import FoundationEssentials
package import Postgres

/// From the click on an invitation to what was spent of a reward, over a range of the shop's days.
///
/// Clicks and registrations belong to the day on which they were; everything else to the day on which
/// Laurel first saw the order, so that all figures of a range are about the same orders, as they
/// stand by now.
package struct FunnelRepository: Sendable {
  /// By what figures are broken down.
  package enum Breakdown: String, Sendable, CaseIterable {
    case day, code, campaign, channel
  }

  /// Of what figures are told.
  package struct Scope: Sendable {
    /// The first day.
    package let first: CalendarDay
    /// The last day.
    package let last: CalendarDay
    /// The time zone of the days, as PostgreSQL knows it.
    package let timeZone: String
    /// When the first day begins.
    package let start: Date
    /// When the day after the last begins.
    package let end: Date
    /// Only of this campaign; `nil` for all.
    package var campaign: String?
    /// Only of this channel; `nil` for all.
    package var channel: String?
  }

  /// Followed invitations.
  package struct Clicks: Sendable, Equatable {
    /// Of which day, code, campaign or channel; empty where that is not known.
    package let key: String
    /// How many.
    package let count: Int
  }

  /// Customers who named a code when they registered.
  package struct Registrations: Sendable, Equatable {
    /// Of which day or code.
    package let key: String
    /// How many.
    package let count: Int
    /// How many of them placed an order with a code by now.
    package let ordered: Int
  }

  /// Orders that named a code and stand alike.
  package struct Orders: Sendable, Equatable {
    /// Of which day, code, campaign or channel; empty where that is not known.
    package let key: String
    /// Their state.
    package let state: String
    /// What refused them, or what they wait for.
    package let rule: String?
    /// The currency in which they were paid; `nil` while none is decided.
    package let currency: Currency?
    /// The currency of their rewards, or their own where they have none.
    package let costCurrency: Currency?
    /// How many.
    package let count: Int
    /// How many count and are of buyers of whom no earlier paid order is known.
    package let newCustomers: Int
    /// What they brought in, as they were decided.
    package let value: Decimal
  }

  /// Rewards of one currency.
  package struct Rewards: Sendable, Equatable {
    /// A number of rewards and what they come to.
    package struct Sum: Sendable, Equatable {
      /// How many.
      package var count = 0
      /// How much.
      package var amount = Decimal(0)

      /// Puts a sum together.
      package init(count: Int = 0, amount: Decimal = 0) {
        self.count = count
        self.amount = amount
      }
    }

    /// Of which day, code, campaign or channel; empty where that is not known.
    package let key: String
    /// Their currency.
    package let currency: Currency
    /// Those that are owed and not at the store yet.
    package let owed: Sum
    /// Those that the store had, whatever became of them.
    package let issued: Sum
    /// Of them those that can be used, or were.
    package let standing: Sum
    /// Those of which something was spent, and how much.
    package let redeemed: Sum
    /// Those that were taken back, or are being; the store had them.
    package let takenBack: Sum
    /// What had been spent of those that were taken back.
    package let spentBefore: Decimal
    /// Those that ended unused.
    package let expired: Sum
    /// By how much standing ones are more than their partly refunded orders earn by now.
    package let excess: Decimal
  }

  let session: any PostgresSession

  /// Works on `session`.
  package init(_ session: any PostgresSession) {
    self.session = session
  }

  /// Of which days figures are meant: up to today in the shop's time zone, and 30 of them.
  /// - Throws: `PostgresError`, `LedgerError`.
  package func scope(
    first: CalendarDay?, last: CalendarDay?, timeZone: String
  ) async throws -> Scope {
    // A day begins at midnight; where clocks are put back over midnight, when it comes for the first
    // time, and where they are put forward over it, with the jump.
    let scope = try await session.first(
      """
      WITH days AS (
        SELECT coalesce(\(first?.description)::date, last - 29) AS first, last
        FROM (
          SELECT coalesce(
            \(last?.description)::date, (now() AT TIME ZONE \(timeZone))::date) AS last
        ) AS given
      )
      SELECT first::text AS first, last::text AS last, (
          SELECT min(instant) FROM generate_series(0, 12) AS quarter CROSS JOIN LATERAL (
            SELECT (first::timestamp AT TIME ZONE \(timeZone))
              - quarter * interval '15 minutes' AS instant
          ) AS before
          WHERE (instant AT TIME ZONE \(timeZone))::date >= first
        ) AS start, (
          SELECT min(instant) FROM generate_series(0, 12) AS quarter CROSS JOIN LATERAL (
            SELECT ((last + 1)::timestamp AT TIME ZONE \(timeZone))
              - quarter * interval '15 minutes' AS instant
          ) AS before
          WHERE (instant AT TIME ZONE \(timeZone))::date > last
        ) AS end
      FROM days
      """
    ) { row in
      guard let first = CalendarDay(try row.decode("first", as: String.self)),
        let last = CalendarDay(try row.decode("last", as: String.self))
      else { throw LedgerError.unknownValue("days") }
      return Scope(
        first: first, last: last, timeZone: timeZone,
        start: try row.decode("start", as: Date.self), end: try row.decode("end", as: Date.self))
    }
    guard let scope else { throw LedgerError.rowMissing("days") }
    return scope
  }

  /// Whether clicks, orders or decisions of this campaign are in the ledger. It is to be asked of a
  /// name that the file does not have: where nothing has it either, everything is looked through.
  /// - Throws: `PostgresError`.
  package func knows(campaign: String, store: StoreID) async throws -> Bool {
    try await session.first(
      """
      SELECT EXISTS (
          SELECT FROM clicks WHERE store_id = \(store.value) AND campaign = \(campaign)
        ) OR EXISTS (
          SELECT FROM referrals WHERE store_id = \(store.value) AND campaign_id = \(campaign)
        ) OR EXISTS (
          SELECT FROM decisions WHERE store_id = \(store.value) AND campaign_id = \(campaign)
        ) AS is_known
      """
    ) { row in try row.decode("is_known", as: Bool.self) } ?? false
  }

  /// How often invitations were followed. Each click was put under its day when it was counted, by
  /// the time zone that the shop had then.
  /// - Throws: `PostgresError`.
  package func clicks(
    store: StoreID, _ scope: Scope, by breakdown: Breakdown
  ) async throws -> [Clicks] {
    try await session.rows(
      """
      SELECT key, sum(clicks)::bigint AS count
      FROM (
        SELECT clicks, campaign_id, channel,
          CASE \(breakdown.rawValue) WHEN 'day' THEN day::text WHEN 'code' THEN code
            WHEN 'campaign' THEN campaign_id ELSE channel END AS key
        FROM clicks
        CROSS JOIN LATERAL (SELECT coalesce(nullif(campaign, ''), 'default') AS campaign_id) AS named
        WHERE store_id = \(store.value)
          AND day BETWEEN \(scope.first.description)::date AND \(scope.last.description)::date
      ) AS followed
      WHERE (\(scope.campaign)::text IS NULL OR campaign_id = \(scope.campaign))
        AND (\(scope.channel)::text IS NULL OR channel = \(scope.channel))
      GROUP BY key
      """
    ) { row in
      Clicks(
        key: try row.decode("key", as: String.self), count: try row.decode("count", as: Int.self))
    }
  }

  /// Who registered with a code. A registration is of no campaign and no channel: by those it cannot
  /// be broken down.
  /// - Throws: `PostgresError`.
  package func registrations(
    store: StoreID, _ scope: Scope, by breakdown: Breakdown
  ) async throws -> [Registrations] {
    try await session.rows(
      """
      SELECT key, count(*) AS count, count(ordered.customer_id) AS ordered
      FROM (
        SELECT customer_id, CASE \(breakdown.rawValue)
            WHEN 'day' THEN (bound_at AT TIME ZONE \(scope.timeZone))::date::text
            WHEN 'code' THEN ref_code ELSE '' END AS key
        FROM bindings
        WHERE store_id = \(store.value)
          AND bound_at >= \(scope.start) AND bound_at < \(scope.end)
      ) AS registered
      LEFT JOIN (
        SELECT DISTINCT customer_id FROM bindings
        JOIN referrals ON referrals.store_id = \(store.value)
          AND referred_customer_id = customer_id
        WHERE bindings.store_id = \(store.value)
          AND bound_at >= \(scope.start) AND bound_at < \(scope.end)
      ) AS ordered ON ordered.customer_id = registered.customer_id
      GROUP BY key
      """
    ) { row in
      Registrations(
        key: try row.decode("key", as: String.self), count: try row.decode("count", as: Int.self),
        ordered: try row.decode("ordered", as: Int.self))
    }
  }
}
