package import Domain
package import Postgres

/// How often invitations were followed.
package struct ClickRepository: Sendable {
  /// The clicks on one code's links on one day.
  package struct Count: Sendable, Equatable {
    /// The code.
    package let code: ReferralCode
    /// The day in UTC, as YYYY-MM-DD.
    package let day: String
    /// How many there were, 1 or more.
    package let clicks: Int

    /// Puts a count together.
    package init(code: ReferralCode, day: String, clicks: Int) {
      self.code = code
      self.day = day
      self.clicks = clicks
    }
  }

  private let session: any PostgresSession

  /// Works on `session`.
  package init(_ session: any PostgresSession) {
    self.session = session
  }

  /// Adds to what stands there. Codes that the store does not have, or that are out of force, are
  /// passed over.
  /// - Throws: `PostgresError`.
  package func add(store: StoreID, _ counts: [Count]) async throws {
    // In one sequence everywhere, so that two processes cannot deadlock.
    let sorted = counts.sorted { ($0.code.value, $0.day) < ($1.code.value, $1.day) }
    try await session.execute(
      """
      INSERT INTO clicks (store_id, code, day, clicks)
      SELECT referral_codes.store_id, referral_codes.code, click.day::date, click.clicks
      FROM unnest(
        \(sorted.map(\.code.value)), \(sorted.map(\.day)), \(sorted.map(\.clicks))
      ) WITH ORDINALITY AS click (code, day, clicks, position)
      JOIN referral_codes ON referral_codes.store_id = \(store.value)
        AND referral_codes.code = click.code AND referral_codes.status = 'active'
      ORDER BY click.position
      ON CONFLICT (store_id, code, day, campaign, channel)
        DO UPDATE SET clicks = clicks.clicks + excluded.clicks
      """)
  }
}
