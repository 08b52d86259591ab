package import Domain
package import FoundationEssentials
package import Postgres

/// Who has bought: the paid orders of each mailbox, as far as deliveries told of them. Whether one
/// still stands, only the store can tell.
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

  /// How many earlier orders of a mailbox are looked at: each has to be read back from the store.
  private static let maximumOrders = 10

  private let session: any PostgresSession

  /// Works on `session`.
  package init(_ session: any PostgresSession) {
    self.session = session
  }

  /// Writes purchases down; one that is there already stays as it is.
  /// - Throws: `PostgresError`.
  package func record(store: StoreID, _ purchases: [Purchase]) async throws {
    // In one sequence everywhere, so that two workers cannot deadlock.
    let sorted = purchases.sorted { $0.orderID < $1.orderID }
    try await session.execute(
      """
      INSERT INTO buyers (store_id, mailbox, order_id, ordered_at)
      SELECT \(store.value), bought.mailbox, bought.order_id, coalesce(bought.ordered_at, now())
      FROM unnest(
        \(sorted.map(\.email.mailbox)), \(sorted.map(\.orderID)), \(sorted.map(\.orderedAt))
      ) AS bought (mailbox, order_id, ordered_at)
      ON CONFLICT (store_id, order_id) DO NOTHING
      """)
  }

  /// The ids of the orders that the mailbox paid for before `date`, other than `orderID`, the
  /// oldest first.
  /// - Throws: `PostgresError`.
  package func earlierOrders(
    store: StoreID, email: EmailAddress, before date: Date, otherThan orderID: String
  ) async throws -> [String] {
    try await session.rows(
      """
      SELECT order_id FROM buyers
      WHERE store_id = \(store.value) AND mailbox = \(email.mailbox) AND order_id <> \(orderID)
        AND ordered_at < \(date)
      ORDER BY ordered_at LIMIT \(Self.maximumOrders)
      """
    ) { row in try row.decode("order_id", as: String.self) }
  }
}
