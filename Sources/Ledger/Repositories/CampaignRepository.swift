package import Domain
package import FoundationEssentials
package import Postgres

/// What the ledger tells of a referrer's orders in a campaign.
package struct CampaignRepository: Sendable {
  /// How many orders of a code count in a campaign: those for which it decided, and that were not
  /// taken back unspent. Days and months are of the calendar in UTC.
  package struct Tally: Sendable, Equatable {
    /// In all; in this month, where nobody asks for more.
    package var inAll = 0
    /// In this month.
    package var thisMonth = 0
    /// Today.
    package var today = 0

    /// No orders.
    package init() {}
  }

  /// Which milestones the orders of a code have had rewards of, for one role.
  package struct Milestones: Sendable, Equatable {
    /// Those of which a reward stands, or may have been spent.
    package var standing: Set<Int> = []
    /// Those of which one fell with its order, unspent.
    package var fallen: Set<Int> = []

    /// None.
    package init() {}
  }

  /// A reward of a referral.
  package struct Given: Sendable, Equatable {
    /// The campaign that pays.
    package let campaignID: String
    /// Who receives it: referrer or friend.
    package let role: String
    /// What it is at the store.
    package let kind: String
    /// How much it is worth; of a voucher that takes off percent what it counts for.
    package let money: Money
    /// What a voucher takes off in percent; `nil` when it takes off `money`.
    package let percentOff: Decimal?
    /// The milestone that it is for.
    package let milestone: Int?
    /// How many people have to release it: 0, 1 or 2.
    package let approvalsNeeded: Int
    /// Where it stands: one of `RewardRepository.Status`.
    package let status: String
    /// By how much it is more than a partly refunded order earns by now; `nil` where that was never
    /// asked.
    package let excess: Decimal?
  }

  private let session: any PostgresSession

  /// Works on `session`.
  package init(_ session: any PostgresSession) {
    self.session = session
  }

  /// The day of an instant in a time zone that PostgreSQL knows, such as `Europe/Berlin`.
  /// - Throws: `PostgresError`, SQLSTATE 22023 when it does not know the zone.
  package func day(of instant: Date, in zone: String) async throws -> CalendarDay? {
    try await session.first("SELECT (\(instant) AT TIME ZONE \(zone))::date::text AS day") { row in
      CalendarDay(try row.decode("day", as: String.self))
    } ?? nil
  }

  /// How many orders of a code count in a campaign. The count is exact while the caller holds the
  /// code (`CodeRepository.hold`).
  /// - Parameter everInAll: whether those of earlier months count as well; else they are not read.
  /// - Throws: `PostgresError`.
  package func tally(
    store: StoreID, code: ReferralCode, campaign: String, everInAll: Bool
  ) async throws -> Tally {
    try await session.first(
      """
      SELECT count(*) AS in_all,
        count(*) FILTER (WHERE decided_at >= date_trunc('month', now(), 'UTC')) AS this_month,
        count(*) FILTER (WHERE decided_at >= date_trunc('day', now(), 'UTC')) AS today
      FROM referrals
      WHERE store_id = \(store.value) AND ref_code = \(code.value)
        AND state <> 'tracked' AND campaign_id = \(campaign)
        AND decided_at >= CASE WHEN \(everInAll) THEN '-infinity'
          ELSE date_trunc('month', now(), 'UTC') END
        AND (state IN ('paid', 'rewarded') OR state = 'rejected' AND EXISTS (
          SELECT FROM rewards
          WHERE rewards.store_id = referrals.store_id AND rewards.referral_id = referrals.id
            AND (rewards.status = 'revoking' OR rewards.shortfall > 0)))
      """
    ) { row in
      var tally = Tally()
      tally.inAll = try row.decode("in_all", as: Int.self)
      tally.thisMonth = try row.decode("this_month", as: Int.self)
      tally.today = try row.decode("today", as: Int.self)
      return tally
    } ?? Tally()
  }

  /// Which milestones the orders of a code have had rewards of in a campaign. Exact while the caller
  /// holds the code. A reward that somebody rejected while its order counts is neither.
  /// - Throws: `PostgresError`, `LedgerError`.
  package func milestones(
    store: StoreID, code: ReferralCode, campaign: String
  ) async throws -> [RewardIdentity.Role: Milestones] {
    let rows = try await session.rows(
      """
      SELECT role, milestone,
        bool_or(status <> 'rejected' AND (status <> 'revoked' OR shortfall > 0)) AS stands,
        bool_or(state = 'rejected') AS fell
      FROM referrals
      JOIN rewards ON rewards.store_id = referrals.store_id
        AND rewards.referral_id = referrals.id
      WHERE referrals.store_id = \(store.value) AND ref_code = \(code.value)
        AND state <> 'tracked' AND rewards.campaign_id = \(campaign) AND milestone IS NOT NULL
      GROUP BY role, milestone
      """
    ) { row in
      guard let role = RewardIdentity.Role(rawValue: try row.decode("role", as: String.self))
      else { throw LedgerError.unknownValue("rewards.role") }
      return (
        role: role, milestone: try row.decode("milestone", as: Int.self),
        stands: try row.decode("stands", as: Bool.self),
        fell: try row.decode("fell", as: Bool.self)
      )
    }
    return rows.reduce(into: [:]) { known, row in
      if row.stands {
        known[row.role, default: .init()].standing.insert(row.milestone)
      } else if row.fell {
        known[row.role, default: .init()].fallen.insert(row.milestone)
      }
    }
  }

  /// The rewards of a referral, the referrer's first.
  /// - Throws: `PostgresError`, `LedgerError`.
  package func given(store: StoreID, referralID: Int) async throws -> [Given] {
    try await session.rows(
      """
      SELECT campaign_id, role, type, amount, currency, percent_off, milestone, approvals_needed,
        status, excess
      FROM rewards
      WHERE store_id = \(store.value) AND referral_id = \(referralID)
      ORDER BY role DESC, campaign_id, version
      """
    ) { row in
      guard let currency = Currency(try row.decode("currency", as: String.self)) else {
        throw LedgerError.unknownValue("rewards.currency")
      }
      return Given(
        campaignID: try row.decode("campaign_id", as: String.self),
        role: try row.decode("role", as: String.self),
        kind: try row.decode("type", as: String.self),
        money: Money(amount: try row.decode("amount", as: Decimal.self), currency: currency),
        percentOff: try row.decode("percent_off", as: Decimal?.self),
        milestone: try row.decode("milestone", as: Int?.self),
        approvalsNeeded: try row.decode("approvals_needed", as: Int.self),
        status: try row.decode("status", as: String.self),
        excess: try row.decode("excess", as: Decimal?.self))
    }
  }
}
