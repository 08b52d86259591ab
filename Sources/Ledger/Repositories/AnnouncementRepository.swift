package import Domain
package import Postgres

/// Codes that are still to be written to the store, where the storefront reads them.
package struct AnnouncementRepository: Sendable {
  /// A code that a worker holds.
  package struct Claim: Sendable {
    /// The code's number.
    package let id: Int
    /// The code itself.
    package let code: ReferralCode
    /// The user whose code it is, as the admin or the store named him.
    package let userID: String
    /// How many attempts have come to an end, this one included.
    package let attempts: Int
    /// Proof that the claim still holds.
    package let epoch: Int
  }

  /// Where an announcement stands.
  package struct Standing: Sendable, Equatable {
    /// Whether the code stands at the store.
    package let isAnnounced: Bool
    /// Whether another attempt will come.
    package let isDue: Bool
    /// Why the last attempt failed.
    package let error: String?
    /// How often it has been tried.
    package let attempts: Int
  }

  private let session: any PostgresSession

  /// Works on `session`.
  package init(_ session: any PostgresSession) {
    self.session = session
  }

  /// Claims codes that are due, for `lease`.
  /// - Throws: `PostgresError`.
  package func claimDue(store: StoreID, limit: Int, lease: Duration) async throws -> [Claim] {
    try await session.rows(
      """
      WITH due AS MATERIALIZED (
        SELECT id FROM referral_codes
        WHERE store_id = \(store.value) AND announce_at <= now()
          AND (announce_lease_until IS NULL OR announce_lease_until < now())
          AND id::text <> ALL ((SELECT taken_keys(\(store.value), 'announce'))::text[])
        ORDER BY announce_at LIMIT \(limit) FOR UPDATE SKIP LOCKED
      )
      UPDATE referral_codes
      SET announce_lease_until = now() + \(lease.milliseconds) * interval '1 millisecond',
        announce_epoch = announce_epoch + 1
      FROM due
      WHERE referral_codes.store_id = \(store.value) AND referral_codes.id = due.id
      RETURNING referral_codes.id, code, referrer_user_id,
        announce_attempts + 1 AS announce_attempts, announce_epoch
      """
    ) { row in
      guard let code = ReferralCode(typed: try row.decode("code", as: String.self)) else {
        throw LedgerError.unknownValue("referral_codes")
      }
      return Claim(
        id: try row.decode("id", as: Int.self), code: code,
        userID: try row.decode("referrer_user_id", as: String.self),
        attempts: try row.decode("announce_attempts", as: Int.self),
        epoch: try row.decode("announce_epoch", as: Int.self))
    }
  }

  /// Notes that a claimed code stands at the store.
  /// - Throws: `PostgresError`.
  package func finish(store: StoreID, _ claim: Claim) async throws {
    try await session.execute(
      """
      UPDATE referral_codes SET announced_at = now(), announce_at = NULL,
        announce_lease_until = NULL, announce_error = NULL,
        announce_attempts = announce_attempts + 1
      WHERE store_id = \(store.value) AND id = \(claim.id) AND announce_epoch = \(claim.epoch)
      """)
  }

  /// Puts a claimed code back for a later attempt.
  /// - Throws: `PostgresError`.
  package func putBack(
    store: StoreID, _ claim: Claim, after delay: Duration, error: String
  ) async throws {
    try await session.execute(
      """
      UPDATE referral_codes SET announce_lease_until = NULL, announce_error = \(error),
        announce_attempts = announce_attempts + 1,
        announce_at = now() + \(delay.milliseconds) * interval '1 millisecond'
      WHERE store_id = \(store.value) AND id = \(claim.id) AND announce_epoch = \(claim.epoch)
      """)
  }

  /// Gives a claimed code up with a reason. The code itself stays in force.
  /// - Throws: `PostgresError`.
  package func giveUp(store: StoreID, _ claim: Claim, error: String) async throws {
    try await session.execute(
      """
      UPDATE referral_codes SET announce_at = NULL, announce_lease_until = NULL,
        announce_error = \(error), announce_attempts = announce_attempts + 1
      WHERE store_id = \(store.value) AND id = \(claim.id) AND announce_epoch = \(claim.epoch)
      """)
  }

  /// Where the announcement of a user's code stands; `nil` when he has no code.
  /// - Throws: `PostgresError`.
  package func find(store: StoreID, userID: String) async throws -> Standing? {
    try await session.first(
      """
      SELECT announced_at IS NOT NULL AS is_announced, announce_at IS NOT NULL AS is_due,
        announce_error, announce_attempts
      FROM referral_codes
      WHERE store_id = \(store.value) AND referrer_user_id = \(userID)
      """
    ) { row in
      Standing(
        isAnnounced: try row.decode("is_announced", as: Bool.self),
        isDue: try row.decode("is_due", as: Bool.self),
        error: try row.decode("announce_error", as: String?.self),
        attempts: try row.decode("announce_attempts", as: Int.self))
    }
  }
}
