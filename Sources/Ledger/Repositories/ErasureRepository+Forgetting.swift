package import Domain
package import FoundationEssentials
import Postgres

/// What the ledger forgets of a customer.
extension ErasureRepository {
  /// The rewards that a customer was to get and that do not exist at the store yet, or are dead, and
  /// their orders: those for his code, and as a friend those for his own `orders`. They are held until
  /// the surrounding transaction ends, in one sequence, and before them the sums they count into.
  /// - Throws: `PostgresError`.
  package func openRewards(
    store: StoreID, customerID: String, orders: [String]
  ) async throws -> [(id: UUID, orderID: String)] {
    try await BudgetRepository.hold(
      session, store: store,
      rewards: try await openRewardIDs(store: store, customerID: customerID, orders: orders))
    // With those that were decided while a sum was waited for.
    let ids = try await openRewardIDs(store: store, customerID: customerID, orders: orders)
    return try await session.rows(
      """
      SELECT id, order_id FROM rewards
      WHERE store_id = \(store.value) AND id = ANY (\(ids)) AND status IN ('pending', 'dead')
      ORDER BY id FOR UPDATE
      """
    ) { row in
      (
        id: try row.decode("id", as: UUID.self),
        orderID: try row.decode("order_id", as: String.self)
      )
    }
  }

  private func openRewardIDs(
    store: StoreID, customerID: String, orders: [String]
  ) async throws -> [UUID] {
    try await session.rows(
      """
      SELECT rewards.id FROM referral_codes
      JOIN referrals ON referrals.store_id = referral_codes.store_id
        AND referrals.ref_code = referral_codes.code AND referrals.state <> 'tracked'
      JOIN rewards ON rewards.store_id = referrals.store_id
        AND rewards.referral_id = referrals.id AND role = 'referrer'
      WHERE referral_codes.store_id = \(store.value)
        AND referral_codes.referrer_user_id = \(customerID)
        AND rewards.status IN ('pending', 'dead')
      UNION
      SELECT id FROM rewards
      WHERE store_id = \(store.value) AND order_id = ANY (\(orders)) AND role = 'friend'
        AND status IN ('pending', 'dead')
      """
    ) { row in try row.decode("id", as: UUID.self) }
  }

  /// The orders of a customer that name a code, and are decided or in review.
  /// - Throws: `PostgresError`.
  package func orders(
    store: StoreID, customerID: String, mailboxes: [String]
  ) async throws -> [String] {
    try await session.rows(
      """
      SELECT order_id FROM referrals
      WHERE store_id = \(store.value) AND referred_customer_id = \(customerID)
      UNION
      SELECT order_id FROM referrals
      WHERE store_id = \(store.value) AND state IN ('paid', 'rewarded')
        AND referred_mailbox = ANY (\(mailboxes))
      UNION
      SELECT order_id FROM referrals
      WHERE store_id = \(store.value) AND state = 'rejected'
        AND referred_mailbox = ANY (\(mailboxes))
      UNION
      SELECT order_id FROM referrals
      WHERE store_id = \(store.value) AND state = 'review'
        AND referred_mailbox = ANY (\(mailboxes))
      """
    ) { row in try row.decode("order_id", as: String.self) }
  }

  /// The orders with a customer's code that are in review.
  /// - Throws: `PostgresError`.
  package func openCases(store: StoreID, customerID: String) async throws -> [String] {
    try await session.rows(
      """
      SELECT order_id FROM referral_codes
      JOIN referrals ON referrals.store_id = referral_codes.store_id
        AND referrals.ref_code = referral_codes.code
      WHERE referral_codes.store_id = \(store.value) AND referrer_user_id = \(customerID)
        AND state = 'review'
      """
    ) { row in try row.decode("order_id", as: String.self) }
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
      UNION
      SELECT referred_mailbox FROM referrals
      WHERE store_id = \(store.value) AND referred_customer_id = \(claim.customerID)
        AND state = 'review' AND referred_mailbox IS NOT NULL
      UNION
      SELECT mailbox FROM buyers
      WHERE store_id = \(store.value) AND customer_id = \(claim.customerID)
        AND mailbox IS NOT NULL
      """
    ) { row in try row.decode("mailbox", as: String.self) }
    let own = try await CodeRepository(session).find(store: store, userID: claim.customerID)
    let addresses = [claim.email, own?.referrerEmail].compactMap { $0?.mailbox }
    // A pseudonym from an earlier erasure stays what it is; no mailbox is without an @.
    return Set(found + addresses).subtracting([Self.noAddress]).filter { $0.contains("@") }
      .sorted()
  }

  /// Erases what is personal of a customer, but for the facts about him as a referrer
  /// (`eraseFacts`). His code is out of force, and letters to him that have not gone out end. A claim
  /// that no longer holds is no obstacle: whoever has it now does the same.
  /// - Parameters:
  ///   - orders: those of his own that name a code.
  ///   - pseudonyms: what takes the place of each of his mailboxes.
  ///   - facts: the names of the facts about him as a buyer, which are taken out of decisions.
  /// - Throws: `PostgresError`.
  package func erase(
    store: StoreID, _ claim: Claim, orders: [String],
    pseudonyms: [(mailbox: String, pseudonym: String)], facts: [String]
  ) async throws {
    let (mailboxes, names) = (pseudonyms.map(\.mailbox), pseudonyms.map(\.pseudonym))
    try await eraseBodies(store: store, claim, orders: orders, mailboxes: mailboxes)
    let referrals = try await session.rows(
      """
      SELECT id FROM referrals
      WHERE store_id = \(store.value) AND order_id = ANY (\(orders)) ORDER BY id
      """
    ) { row in try row.decode("id", as: Int.self) }
    try await eraseFacts(store: store, facts, referrals: referrals)
    try await session.execute(
      """
      WITH own AS MATERIALIZED (
        SELECT rewards.id FROM referral_codes
        JOIN referrals ON referrals.store_id = referral_codes.store_id
          AND referrals.ref_code = referral_codes.code AND referrals.state <> 'tracked'
        JOIN rewards ON rewards.store_id = referrals.store_id
          AND rewards.referral_id = referrals.id AND role = 'referrer'
        WHERE referral_codes.store_id = \(store.value)
          AND referral_codes.referrer_user_id = \(claim.customerID)
        UNION
        SELECT id FROM rewards
        WHERE store_id = \(store.value) AND order_id = ANY (\(orders)) AND role = 'friend'
      )
      UPDATE letters SET status = 'failed', next_attempt_at = NULL, lease_until = NULL,
        epoch = letters.epoch + 1, last_error = \(Self.reason)
      FROM own
      WHERE letters.store_id = \(store.value) AND letters.reward_id = own.id
        AND letters.status = 'waiting'
      """)
    try await session.execute(
      """
      UPDATE referrals SET referred_email = NULL, referred_mailbox = coalesce((
          SELECT pseudonym FROM unnest(\(mailboxes), \(names)) AS name (mailbox, pseudonym)
          WHERE name.mailbox = referred_mailbox
        ), referred_mailbox)
      WHERE store_id = \(store.value) AND order_id = ANY (\(orders))
        AND state <> 'tracked'
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
      UPDATE buyers SET mailbox = pseudonym
      FROM unnest(\(mailboxes), \(names)) AS name (erased, pseudonym)
      WHERE store_id = \(store.value) AND mailbox = erased
      """)
  }

  /// Ends an erasure, unless something told of the customer meanwhile: then he is erased again.
  /// - Throws: `PostgresError`.
  package func finish(store: StoreID, _ claim: Claim) async throws {
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
  private func eraseBodies(
    store: StoreID, _ claim: Claim, orders: [String], mailboxes: [String]
  ) async throws {
    try await session.execute(
      """
      WITH orders AS (
        SELECT order_id FROM unnest(\(orders)) AS known (order_id)
        UNION
        SELECT order_id FROM buyers
        WHERE store_id = \(store.value) AND mailbox = ANY (\(mailboxes))
        UNION
        SELECT order_id FROM buyers
        WHERE store_id = \(store.value) AND customer_id = \(claim.customerID)
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
