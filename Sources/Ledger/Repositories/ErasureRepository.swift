package import Domain
package import FoundationEssentials
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
  /// Why a letter to a deleted customer ended, and a reward that he was to get.
  package static let reason = "the customer's account was deleted"

  private let session: any PostgresSession

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

  /// The rewards of a customer that do not exist at the store yet, or are dead.
  /// - Throws: `PostgresError`.
  package func openRewards(store: StoreID, customerID: String) async throws -> [UUID] {
    try await session.rows(
      """
      SELECT rewards.id FROM referral_codes
      JOIN referrals ON referrals.store_id = referral_codes.store_id
        AND referrals.ref_code = referral_codes.code AND referrals.state <> 'tracked'
      JOIN rewards ON rewards.store_id = referrals.store_id
        AND rewards.referral_id = referrals.id
      WHERE referral_codes.store_id = \(store.value)
        AND referral_codes.referrer_user_id = \(customerID)
        AND rewards.status IN ('pending', 'dead')
      ORDER BY rewards.id
      """
    ) { row in try row.decode("id", as: UUID.self) }
  }

  /// The mailboxes under which the ledger knows a customer.
  /// - Throws: `PostgresError`.
  package func mailboxes(store: StoreID, _ claim: Claim) async throws -> [String] {
    let found = try await session.rows(
      """
      SELECT mailbox FROM bindings
      WHERE store_id = \(store.value) AND customer_id = \(claim.customerID)
        AND mailbox IS NOT NULL
      UNION
      SELECT referred_mailbox FROM referrals
      WHERE store_id = \(store.value) AND referred_customer_id = \(claim.customerID)
        AND state IN ('paid', 'rewarded') AND referred_mailbox IS NOT NULL
      UNION
      SELECT referred_mailbox FROM referrals
      WHERE store_id = \(store.value) AND referred_customer_id = \(claim.customerID)
        AND state = 'rejected' AND referred_mailbox IS NOT NULL
      """
    ) { row in try row.decode("mailbox", as: String.self) }
    let own = try await CodeRepository(session).find(store: store, userID: claim.customerID)
    let addresses = [claim.email, own?.referrerEmail].compactMap { $0?.mailbox }
    return Set(found + addresses).subtracting([Self.noAddress]).sorted()
  }

  /// Erases what is personal of a customer. His code is out of force, and letters to him that have
  /// not gone out end. A claim that no longer holds is no obstacle: whoever has it now does the same.
  /// - Parameter pseudonyms: what takes the place of each of his mailboxes.
  /// - Throws: `PostgresError`.
  package func erase(
    store: StoreID, _ claim: Claim, pseudonyms: [(mailbox: String, pseudonym: String)]
  ) async throws {
    let (mailboxes, names) = (pseudonyms.map(\.mailbox), pseudonyms.map(\.pseudonym))
    try await eraseBodies(store: store, claim, mailboxes: mailboxes)
    try await session.execute(
      """
      UPDATE letters SET status = 'failed', next_attempt_at = NULL, lease_until = NULL,
        epoch = letters.epoch + 1, last_error = \(Self.reason)
      FROM referral_codes
      JOIN referrals ON referrals.store_id = referral_codes.store_id
        AND referrals.ref_code = referral_codes.code AND referrals.state <> 'tracked'
      JOIN rewards ON rewards.store_id = referrals.store_id
        AND rewards.referral_id = referrals.id
      WHERE referral_codes.store_id = \(store.value)
        AND referral_codes.referrer_user_id = \(claim.customerID)
        AND letters.store_id = \(store.value) AND letters.reward_id = rewards.id
        AND letters.status = 'waiting'
      """)
    try await session.execute(
      """
      WITH known AS (
        SELECT id FROM referrals
        WHERE store_id = \(store.value) AND state IN ('paid', 'rewarded')
          AND (referred_customer_id = \(claim.customerID)
            OR referred_mailbox = ANY (\(mailboxes)))
        UNION
        SELECT id FROM referrals
        WHERE store_id = \(store.value) AND state = 'rejected'
          AND (referred_customer_id = \(claim.customerID)
            OR referred_mailbox = ANY (\(mailboxes)))
      )
      UPDATE referrals SET referred_email = NULL, referred_mailbox = coalesce((
          SELECT pseudonym FROM unnest(\(mailboxes), \(names)) AS name (mailbox, pseudonym)
          WHERE name.mailbox = referred_mailbox
        ), referred_mailbox)
      FROM known WHERE referrals.store_id = \(store.value) AND referrals.id = known.id
      """)
    try await session.execute(
      """
      DELETE FROM bindings
      WHERE store_id = \(store.value) AND customer_id = \(claim.customerID)
      """)
    try await session.execute(
      """
      UPDATE referral_codes SET status = 'disabled', referrer_email = \(Self.noAddress),
        announce_at = NULL, announce_lease_until = NULL, announce_epoch = announce_epoch + 1
      WHERE store_id = \(store.value) AND referrer_user_id = \(claim.customerID)
      """)
    try await session.execute(
      """
      WITH known AS (
        DELETE FROM buyers WHERE store_id = \(store.value) AND mailbox = ANY (\(mailboxes))
        RETURNING mailbox, order_id, ordered_at
      )
      INSERT INTO buyers (store_id, mailbox, order_id, ordered_at)
      SELECT \(store.value), pseudonym, order_id, ordered_at FROM known
      JOIN unnest(\(mailboxes), \(names)) AS name (mailbox, pseudonym) USING (mailbox)
      ON CONFLICT (store_id, mailbox) DO UPDATE
      SET order_id = excluded.order_id, ordered_at = excluded.ordered_at
      WHERE excluded.ordered_at < buyers.ordered_at
      """)
    try await session.execute(
      """
      UPDATE erasures SET email = NULL, erased_at = now(), lease_until = NULL,
        next_check_at = CASE WHEN checks = \(claim.checks) THEN NULL ELSE next_check_at END
      WHERE store_id = \(store.value) AND customer_id = \(claim.customerID)
        AND epoch = \(claim.epoch)
      """)
  }

  /// Drops the bodies of deliveries that tell of a customer or of his orders, but for those that
  /// still wait to be looked at. Their keys stay: a repeat is a duplicate for ever.
  private func eraseBodies(store: StoreID, _ claim: Claim, mailboxes: [String]) async throws {
    try await session.execute(
      """
      WITH orders AS (
        SELECT order_id FROM referrals
        WHERE store_id = \(store.value) AND state IN ('paid', 'rewarded')
          AND (referred_customer_id = \(claim.customerID)
            OR referred_mailbox = ANY (\(mailboxes)))
        UNION
        SELECT order_id FROM referrals
        WHERE store_id = \(store.value) AND state = 'rejected'
          AND (referred_customer_id = \(claim.customerID)
            OR referred_mailbox = ANY (\(mailboxes)))
        UNION
        SELECT order_id FROM buyers
        WHERE store_id = \(store.value) AND mailbox = ANY (\(mailboxes))
      ), told AS (
        SELECT event_id FROM inbox_customers
        WHERE store_id = \(store.value) AND customer_id = \(claim.customerID)
        UNION
        SELECT event_id FROM inbox JOIN orders USING (order_id)
        WHERE store_id = \(store.value)
      )
      DELETE FROM inbox_bodies USING told
      WHERE inbox_bodies.store_id = \(store.value) AND inbox_bodies.event_id = told.event_id
        AND NOT EXISTS (
          SELECT FROM inbox_queue
          WHERE inbox_queue.store_id = \(store.value) AND inbox_queue.event_id = told.event_id)
      """)
  }
}
