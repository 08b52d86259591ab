package import Domain
package import FoundationEssentials
package import Postgres

/// Who has bought: the oldest paid order of each mailbox, as far as deliveries told of it.
package struct BuyerRepository: Sendable {
  /// A paid order that a delivery told of.
  package struct Purchase: Sendable {
    /// The order's id at the store.
    package let orderID: String
    /// When it was placed; `nil` when the delivery does not tell, which stands for now.
    package let orderedAt: Date?
    /// The address on it.
    package let email: EmailAddress

    /// Puts a purchase together.
    package init(orderID: String, orderedAt: Date?, email: EmailAddress) {
      self.orderID = orderID
      self.orderedAt = orderedAt
      self.email = email
    }
  }

  private let session: any PostgresSession

  /// Works on `session`.
  package init(_ session: any PostgresSession) {
    self.session = session
  }

  /// Writes purchases down; of each mailbox the oldest stays.
  /// - Throws: `PostgresError`.
  package func record(store: StoreID, _ purchases: [Purchase]) async throws {
    // In one sequence everywhere, so that two workers cannot deadlock.
    let oldest = Dictionary(purchases.map { ($0.email.mailbox, $0) }) { first, second in
      (second.orderedAt ?? .distantFuture) < (first.orderedAt ?? .distantFuture) ? second : first
    }.sorted { $0.key < $1.key }
    try await session.execute(
      """
      INSERT INTO buyers (store_id, mailbox, order_id, ordered_at)
      SELECT \(store.value), bought.mailbox, bought.order_id, coalesce(bought.ordered_at, now())
      FROM unnest(
        \(oldest.map(\.key)), \(oldest.map(\.value.orderID)), \(oldest.map(\.value.orderedAt))
      ) AS bought (mailbox, order_id, ordered_at)
      ON CONFLICT (store_id, mailbox) DO UPDATE
      SET order_id = excluded.order_id, ordered_at = excluded.ordered_at
      WHERE excluded.ordered_at < buyers.ordered_at
      """)
  }

  /// The order that one of the mailboxes paid for before `date`, other than `orderID`: its id. The
  /// pseudonyms of an address count as mailboxes.
  /// - Throws: `PostgresError`.
  package func earlierOrder(
    store: StoreID, mailboxes: [String], before date: Date, otherThan orderID: String
  ) async throws -> String? {
    try await session.first(
      """
      SELECT order_id FROM buyers
      WHERE store_id = \(store.value) AND mailbox = ANY (\(mailboxes)) AND order_id <> \(orderID)
        AND ordered_at < \(date)
      """
    ) { row in try row.decode("order_id", as: String.self) }
  }
}
