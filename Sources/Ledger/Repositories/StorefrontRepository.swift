package import Domain
package import Postgres

/// What storefronts ask of the ledger about codes.
package struct StorefrontRepository: Sendable {
  /// What is known of a code at a moment.
  package struct Finding: Sendable, Equatable {
    /// Whether the store has it and it is in force.
    package let isInForce: Bool
    /// The day in the shop's time zone.
    package let today: CalendarDay
  }

  /// What came of a customer's code.
  package struct Figures: Sendable, Equatable {
    /// How often its links were followed.
    package let clicks: Int
    /// How many orders that named it are still to be decided or rewarded.
    package let tracked: Int
    /// How many orders that named it count.
    package let rewarded: Int
    /// How many rewards its owner got that were not taken back; what friends got is theirs.
    package let issued: Int
  }

  private let session: any PostgresSession

  /// Works on `session`.
  package init(_ session: any PostgresSession) {
    self.session = session
  }

  /// Looks a code up, and what day it is. Text that can be no code is asked for as one that does not
  /// exist, so that every question is the same work.
  ///
  /// - Parameter timeZone: the shop's time zone, as PostgreSQL knows it.
  /// - Throws: `PostgresError`, `LedgerError`.
  package func find(
    store: StoreID, code: ReferralCode?, timeZone: String
  ) async throws -> Finding {
    let finding = try await session.first(
      """
      SELECT EXISTS (
        SELECT FROM referral_codes
        WHERE store_id = \(store.value) AND code = \(code?.value ?? "") AND status = 'active'
      ) AS is_in_force, (now() AT TIME ZONE \(timeZone))::date::text AS today
      """
    ) { row in
      guard let today = CalendarDay(try row.decode("today", as: String.self)) else {
        throw LedgerError.unknownValue("today")
      }
      return Finding(isInForce: try row.decode("is_in_force", as: Bool.self), today: today)
    }
    guard let finding else { throw LedgerError.rowMissing("referral_codes") }
    return finding
  }

  /// The figures of a code.
  /// - Throws: `PostgresError`, `LedgerError`.
  package func figures(store: StoreID, code: ReferralCode) async throws -> Figures {
    let figures = try await session.first(
      """
      SELECT
        (SELECT coalesce(sum(clicks), 0)::bigint FROM clicks
          WHERE store_id = \(store.value) AND code = \(code.value)) AS clicks,
        count(DISTINCT referrals.id) FILTER (WHERE state IN ('tracked', 'review', 'paid'))
          AS tracked,
        count(DISTINCT referrals.id) FILTER (WHERE state = 'rewarded') AS rewarded,
        count(rewards.id) AS issued
      FROM referrals
      LEFT JOIN rewards ON rewards.store_id = referrals.store_id
        AND rewards.referral_id = referrals.id AND rewards.role = 'referrer'
        AND rewards.status IN ('issued', 'delivered', 'used', 'expired')
      WHERE referrals.store_id = \(store.value) AND referrals.ref_code = \(code.value)
      """
    ) { row in
      Figures(
        clicks: try row.decode("clicks", as: Int.self),
        tracked: try row.decode("tracked", as: Int.self),
        rewarded: try row.decode("rewarded", as: Int.self),
        issued: try row.decode("issued", as: Int.self))
    }
    guard let figures else { throw LedgerError.rowMissing("referrals") }
    return figures
  }
}
