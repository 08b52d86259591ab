package import Domain
package import FoundationEssentials
package import Postgres

/// How often invitations were followed.
package struct ClickRepository: Sendable {
  /// The clicks on one code's links within a moment.
  package struct Count: Sendable, Equatable {
    /// The code.
    package let code: ReferralCode
    /// When they were, within a time in which no time zone changes the day.
    package let followedAt: Date
    /// The campaign that the links were for; empty for the programme without a name.
    package let campaign: String
    /// The channel that they led to; empty where they named none.
    package let channel: String
    /// How many there were, 1 or more.
    package let clicks: Int

    /// Puts a count together.
    package init(
      code: ReferralCode, followedAt: Date, campaign: String, channel: String, clicks: Int
    ) {
      self.code = code
      self.followedAt = followedAt
      self.campaign = campaign
      self.channel = channel
      self.clicks = clicks
    }
  }

  private let session: any PostgresSession

  /// Works on `session`.
  package init(_ session: any PostgresSession) {
    self.session = session
  }

  /// Adds to what stands there, on the days that it was in `timeZone`, as PostgreSQL knows it. Codes
  /// that the store does not have, or that are out of force, are passed over.
  /// - Throws: `PostgresError`.
  package func add(store: StoreID, _ counts: [Count], timeZone: String) async throws {
    // In one sequence everywhere, so that two processes cannot deadlock.
    try await session.execute(
      """
      INSERT INTO clicks (store_id, code, day, campaign, channel, clicks)
      SELECT referral_codes.store_id, referral_codes.code,
        (click.followed_at AT TIME ZONE \(timeZone))::date, click.campaign, click.channel,
        sum(click.clicks)::bigint
      FROM unnest(
        \(counts.map(\.code.value)), \(counts.map(\.followedAt)), \(counts.map(\.campaign)),
        \(counts.map(\.channel)), \(counts.map(\.clicks))
      ) AS click (code, followed_at, campaign, channel, clicks)
      JOIN referral_codes ON referral_codes.store_id = \(store.value)
        AND referral_codes.code = click.code AND referral_codes.status = 'active'
      GROUP BY 1, 2, 3, 4, 5
      ORDER BY 1, 2, 3, 4, 5
      ON CONFLICT (store_id, code, day, campaign, channel)
        DO UPDATE SET clicks = clicks.clicks + excluded.clicks
      """)
  }
}
