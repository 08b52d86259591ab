package import Domain
package import Postgres

/// What storefronts ask of the ledger about codes.
package struct StorefrontRepository: Sendable {
  private let session: any PostgresSession

  /// Works on `session`.
  package init(_ session: any PostgresSession) {
    self.session = session
  }

  /// Whether the store has this code and it is in force. Text that can be no code is asked for as
  /// one that does not exist, so that every question is the same work.
  /// - Throws: `PostgresError`.
  package func isInForce(store: StoreID, code: ReferralCode?) async throws -> Bool {
    try await session.first(
      """
      SELECT EXISTS (
        SELECT FROM referral_codes
        WHERE store_id = \(store.value) AND code = \(code?.value ?? "") AND status = 'active'
      ) AS is_in_force
      """
    ) { row in try row.decode("is_in_force", as: Bool.self) } ?? false
  }
}
