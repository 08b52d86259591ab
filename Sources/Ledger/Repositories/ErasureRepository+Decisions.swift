package import Domain
import Postgres

/// What decisions forget of a customer.
extension ErasureRepository {
  /// How many orders are looked through at once: far from the statement's timeout.
  package static let factsLimit = 1_000

  /// The orders that name a customer's code, by the numbers of their referrals.
  /// - Throws: `PostgresError`.
  package func referred(store: StoreID, customerID: String) async throws -> [Int] {
    try await session.rows(
      """
      SELECT referrals.id FROM referral_codes
      JOIN referrals ON referrals.store_id = referral_codes.store_id
        AND referrals.ref_code = referral_codes.code
      WHERE referral_codes.store_id = \(store.value)
        AND referral_codes.referrer_user_id = \(customerID)
      ORDER BY referrals.id
      """
    ) { row in try row.decode("id", as: Int.self) }
  }

  /// Takes these facts out of the decisions on referrals, and notes which of them were there; the
  /// decisions stay. Give it `factsLimit` referrals at most.
  /// - Throws: `PostgresError`.
  package func eraseFacts(
    store: StoreID, _ names: [String], referrals: some Collection<Int> & Sendable
  ) async throws {
    try await session.execute(
      """
      UPDATE decisions SET facts = (facts::jsonb - \(names))::text,
        erased_facts = ARRAY(
          SELECT unnest(erased_facts) UNION
          SELECT name FROM unnest(\(names)) AS name WHERE facts::jsonb ? name
          ORDER BY 1)
      WHERE store_id = \(store.value) AND referral_id = ANY (\(Array(referrals)))
        AND facts::jsonb ?| \(names)
      """)
  }

  /// Has cases in review looked at again whose code is out of force. Call it while they are held
  /// (`ReferralRepository.hold`).
  /// - Throws: `PostgresError`.
  package func lookAgain(store: StoreID, cases: [String]) async throws {
    try await session.execute(
      """
      UPDATE referrals SET hints = hints + 1, checks = 0, next_check_at = now()
      WHERE store_id = \(store.value) AND order_id = ANY (\(cases)) AND state = 'review'
      """)
  }
}
