package import Domain
package import FoundationEssentials
package import Postgres

/// Who has bought: the paid orders of each mailbox and of each customer, as far as deliveries and the
/// store's past orders told of them. Whether one still stands, only the store can tell.
package struct BuyerRepository: Sendable {
  /// A paid order that a delivery told of, or a past one.
  package struct Purchase: Sendable {
    /// The order's id at the store.
    package let orderID: String
    /// When it was placed; `nil` when the delivery does not tell, which stands for now.
    package let orderedAt: Date?
    /// Who placed it; `nil` for a guest.
    package let customerID: String?
    /// The address on it; `nil` when it has none that can be one.
    package let email: EmailAddress?

    /// Puts a purchase together.
    package init(orderID: String, orderedAt: Date?, customerID: String?, email: EmailAddress?) {
      self.orderID = orderID
      self.orderedAt = orderedAt
      self.customerID = customerID
      self.email = email
    }
  }

  /// How many earlier orders of a buyer are looked at: each has to be read back from the store.
  private static let maximumOrders = 10

  private let session: any PostgresSession

  /// Works on `session`.
  package init(_ session: any PostgresSession) {
    self.session = session
  }

  /// Writes purchases down; one that is there already stays as it is, and one of nobody is none.
  /// - Throws: `PostgresError`.
  package func record(store: StoreID, _ purchases: [Purchase]) async throws {
    // In one sequence everywhere, so that two workers cannot deadlock.
    let sorted =
      purchases.filter { $0.email != nil || $0.customerID != nil }
      .sorted { $0.orderID < $1.orderID }
    guard !sorted.isEmpty else { return }
    try await session.execute(
      """
      INSERT INTO buyers (store_id, mailbox, customer_id, order_id, ordered_at)
      SELECT \(store.value), bought.mailbox, bought.customer_id, bought.order_id,
        coalesce(bought.ordered_at, now())
      FROM unnest(
        \(sorted.map { $0.email?.mailbox }), \(sorted.map(\.customerID)),
        \(sorted.map(\.orderID)), \(sorted.map(\.orderedAt))
      ) AS bought (mailbox, customer_id, order_id, ordered_at)
      ON CONFLICT (store_id, order_id) DO NOTHING
      """)
  }

  /// The ids of the orders that one of the mailboxes or the customer paid for before `date`, other
  /// than `orderID`, the oldest first. The pseudonyms of an address count as mailboxes.
  /// - Throws: `PostgresError`.
  package func earlierOrders(
    store: StoreID, customerID: String?, mailboxes: [String], before date: Date,
    otherThan orderID: String
  ) async throws -> [String] {
    try await session.rows(
      """
      SELECT order_id FROM (
        (SELECT order_id, ordered_at FROM buyers
        WHERE store_id = \(store.value) AND mailbox = ANY (\(mailboxes))
          AND order_id <> \(orderID) AND ordered_at < \(date)
        ORDER BY ordered_at LIMIT \(Self.maximumOrders))
        UNION
        (SELECT order_id, ordered_at FROM buyers
        WHERE store_id = \(store.value) AND customer_id = \(customerID)
          AND order_id <> \(orderID) AND ordered_at < \(date)
        ORDER BY ordered_at LIMIT \(Self.maximumOrders))
      ) AS bought
      ORDER BY ordered_at LIMIT \(Self.maximumOrders)
      """
    ) { row in try row.decode("order_id", as: String.self) }
  }
}
