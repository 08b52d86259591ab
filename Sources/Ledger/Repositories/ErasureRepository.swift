package import Domain
package import Postgres

/// Customers whose accounts were deleted at the store, and what the ledger forgets of them.
///
/// The rows that explain money stay: a referral keeps its order, its code, its state and the
/// customer's id at the store, which leads to nobody any more. An address is erased, and the mailbox
/// by which a buyer is recognised is replaced by a pseudonym that only the holder of the code keys
/// can make again.
package struct ErasureRepository: Sendable {
  /// A deleted customer whom a worker holds.
  package struct Claim: Sendable {
    /// His id at the store.
    package let customerID: String
    /// The address that the event told.
    package let email: EmailAddress?
    /// How often the store has been asked since the last event, this time included.
    package let checks: Int
    /// Proof that the claim still holds.
    package let epoch: Int
  }

  /// What is written in place of an address that may not be empty (RFC 2606, section 2).
  package static let noAddress = "erased@erased.invalid"
  /// How a decision names that a deleted account was the cause.
  package static let rule = "account_deleted"
  /// Why a letter to a deleted customer ended, and a reward that he was to get.
  package static let reason = "the customer's account was deleted"

  let session: any PostgresSession

  /// Works on `session`.
  package init(_ session: any PostgresSession) {
    self.session = session
  }

  /// Notes that events told of deleted accounts; the store is asked at once.
  /// - Throws: `PostgresError`.
  package func request(
    store: StoreID, _ customers: [(customerID: String, email: EmailAddress?)]
  ) async throws {
    let byID = Dictionary(customers.map { ($0.customerID, $0.email) }) { first, _ in first }
    // In one sequence everywhere, so that two workers cannot deadlock.
    let sorted = byID.sorted { $0.key < $1.key }
    // What is in quarantine is tried again.
    try await session.execute(
      """
      DELETE FROM runs
      WHERE store_id = \(store.value) AND stage = 'erase' AND key = ANY (\(sorted.map(\.key)))
        AND quarantined_at IS NOT NULL
      """)
    try await session.execute(
      """
      INSERT INTO erasures (store_id, customer_id, email)
      SELECT \(store.value), told.customer_id, told.email
      FROM unnest(\(sorted.map(\.key)), \(sorted.map { $0.value?.normalized }))
        AS told (customer_id, email)
      ON CONFLICT (store_id, customer_id) DO UPDATE
      SET email = excluded.email, checks = 0, next_check_at = now()
      """)
  }

  /// Remembers which deliveries tell of which customers. One who is deleted already is erased
  /// again: events arrive in any sequence, and this one may have brought something back.
  /// - Throws: `PostgresError`.
  package func remember(
    store: StoreID, _ subjects: [(eventID: [UInt8], customerID: String)]
  ) async throws {
    try await session.execute(
      """
      INSERT INTO inbox_customers (store_id, customer_id, event_id)
      SELECT \(store.value), told.customer_id, told.event_id
      FROM unnest(\(subjects.map(\.customerID)), \(subjects.map(\.eventID)))
        AS told (customer_id, event_id)
      ORDER BY told.customer_id, told.event_id
      ON CONFLICT DO NOTHING
      """)
    try await session.execute(
      """
      WITH deleted AS MATERIALIZED (
        SELECT customer_id FROM erasures
        WHERE store_id = \(store.value) AND customer_id = ANY (\(subjects.map(\.customerID)))
        ORDER BY customer_id FOR UPDATE
      )
      UPDATE erasures SET checks = 0, next_check_at = now() FROM deleted
      WHERE erasures.store_id = \(store.value) AND erasures.customer_id = deleted.customer_id
      """)
  }

  /// Claims customers who are to be asked for, for `lease`.
  /// - Throws: `PostgresError`.
  package func claimDue(store: StoreID, limit: Int, lease: Duration) async throws -> [Claim] {
    try await session.rows(
      """
      WITH due AS MATERIALIZED (
        SELECT customer_id FROM erasures
        WHERE store_id = \(store.value) AND next_check_at <= now()
          AND (lease_until IS NULL OR lease_until < now())
          AND customer_id <> ALL ((SELECT taken_keys(\(store.value), 'erase'))::text[])
        ORDER BY next_check_at LIMIT \(limit) FOR UPDATE SKIP LOCKED
      )
      UPDATE erasures SET lease_until = now() + \(lease.milliseconds) * interval '1 millisecond',
        epoch = epoch + 1, checks = checks + 1
      FROM due
      WHERE erasures.store_id = \(store.value) AND erasures.customer_id = due.customer_id
      RETURNING erasures.customer_id, email, checks, epoch
      """
    ) { row in
      Claim(
        customerID: try row.decode("customer_id", as: String.self),
        email: try row.decode("email", as: String?.self).flatMap(EmailAddress.init),
        checks: try row.decode("checks", as: Int.self),
        epoch: try row.decode("epoch", as: Int.self))
    }
  }

  /// Ends a look at a customer: he is asked for again after `delay`, at once when another event told
  /// of him meanwhile, or never when it is `nil`.
  /// - Throws: `PostgresError`.
  package func putBack(store: StoreID, _ claim: Claim, after delay: Duration?) async throws {
    try await session.execute(
      """
      UPDATE erasures SET lease_until = NULL, next_check_at = CASE WHEN checks = \(claim.checks)
        THEN now() + \(delay?.milliseconds) * interval '1 millisecond' ELSE next_check_at END
      WHERE store_id = \(store.value) AND customer_id = \(claim.customerID)
        AND epoch = \(claim.epoch)
      """)
  }
}
