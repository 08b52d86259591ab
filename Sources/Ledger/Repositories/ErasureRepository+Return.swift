package import Domain
import Postgres

/// What keeps a decision from writing down again what an erasure took out: the store's order has the
/// buyer's address for ever, and loses only his account (FACTS §3).
extension ErasureRepository {
  /// Who a buyer is to the ledger.
  package struct Buyer: Sendable {
    /// His id at the store, also where the order tells it no more; `nil` for a guest.
    package let customerID: String?
    /// Whether he is erased, so that nothing personal of him may be written, and nothing be owed to
    /// him: it could not reach him.
    package let isForgotten: Bool
  }

  /// Who the buyer of an order is. Whoever comes back with another account is somebody new; an order
  /// without one, from a mailbox that was erased, is taken for one of the erased customer.
  /// - Parameters:
  ///   - customerID: as the order tells it.
  ///   - pseudonyms: those of his mailbox.
  /// - Throws: `PostgresError`.
  package func buyer(
    store: StoreID, referral: Int, orderID: String, customerID: String?, pseudonyms: [String]
  ) async throws -> Buyer {
    let found = try await session.first(
      """
      SELECT customer_id, EXISTS (
          SELECT FROM erasures
          WHERE store_id = \(store.value) AND customer_id = known.customer_id
            AND erased_at IS NOT NULL
        ) OR \(customerID) IS NULL AND (
          EXISTS (
            SELECT FROM buyers
            WHERE store_id = \(store.value) AND mailbox = ANY (\(pseudonyms)))
          OR EXISTS (
            SELECT FROM referrals
            WHERE store_id = \(store.value) AND state IN ('paid', 'rewarded')
              AND referred_mailbox = ANY (\(pseudonyms)))
          OR EXISTS (
            SELECT FROM referrals
            WHERE store_id = \(store.value) AND state = 'rejected'
              AND referred_mailbox = ANY (\(pseudonyms)))
          OR EXISTS (
            SELECT FROM referrals
            WHERE store_id = \(store.value) AND state = 'review'
              AND referred_mailbox = ANY (\(pseudonyms)))
        ) AS is_forgotten
      FROM (
        SELECT coalesce(\(customerID), (
          SELECT referred_customer_id FROM referrals
          WHERE store_id = \(store.value) AND id = \(referral)
        ), (
          SELECT customer_id FROM buyers
          WHERE store_id = \(store.value) AND order_id = \(orderID)
        )) AS customer_id
      ) AS known
      """
    ) { row in
      Buyer(
        customerID: try row.decode("customer_id", as: String?.self),
        isForgotten: try row.decode("is_forgotten", as: Bool.self))
    }
    return found ?? Buyer(customerID: customerID, isForgotten: false)
  }

  /// Has customers erased once more whose erasure is under way: it may have come by before what this
  /// transaction writes of them. Call it last, as whoever erases writes here last.
  /// - Throws: `PostgresError`.
  package func eraseAgain(store: StoreID, _ customers: [String]) async throws {
    guard !customers.isEmpty else { return }
    // In the sequence of `remember`.
    try await session.execute(
      """
      WITH deleted AS MATERIALIZED (
        SELECT customer_id FROM erasures
        WHERE store_id = \(store.value) AND customer_id = ANY (\(customers))
          AND (next_check_at IS NOT NULL OR erased_at IS NOT NULL)
        ORDER BY customer_id FOR UPDATE
      )
      UPDATE erasures SET checks = 0, next_check_at = now() FROM deleted
      WHERE erasures.store_id = \(store.value) AND erasures.customer_id = deleted.customer_id
      """)
  }
}
