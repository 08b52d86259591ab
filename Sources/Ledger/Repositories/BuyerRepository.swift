package import Domain
package import FoundationEssentials
package import Postgres

/// Who has bought: the oldest paid order of each mailbox and of each customer, as far as deliveries
/// and the store's past orders told of it.
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

  private let session: any PostgresSession

  /// Works on `session`.
  package init(_ session: any PostgresSession) {
    self.session = session
  }

  /// Writes purchases down; of each mailbox and of each customer the oldest stays.
  /// - Throws: `PostgresError`.
  package func record(store: StoreID, _ purchases: [Purchase]) async throws {
    let byMailbox = Self.oldest(of: purchases) { $0.email?.mailbox }
    if !byMailbox.isEmpty {
      try await session.execute(
        """
        INSERT INTO buyers (store_id, mailbox, order_id, ordered_at)
        SELECT \(store.value), bought.mailbox, bought.order_id, coalesce(bought.ordered_at, now())
        FROM unnest(
          \(byMailbox.map(\.key)), \(byMailbox.map(\.value.orderID)),
          \(byMailbox.map(\.value.orderedAt))
        ) AS bought (mailbox, order_id, ordered_at)
        ON CONFLICT (store_id, mailbox) DO UPDATE
        SET order_id = excluded.order_id, ordered_at = excluded.ordered_at
        WHERE excluded.ordered_at < buyers.ordered_at
        """)
    }
    let byCustomer = Self.oldest(of: purchases) { $0.customerID }
    if !byCustomer.isEmpty {
      try await session.execute(
        """
        INSERT INTO buying_customers (store_id, customer_id, order_id, ordered_at)
        SELECT \(store.value), bought.customer_id, bought.order_id,
          coalesce(bought.ordered_at, now())
        FROM unnest(
          \(byCustomer.map(\.key)), \(byCustomer.map(\.value.orderID)),
          \(byCustomer.map(\.value.orderedAt))
        ) AS bought (customer_id, order_id, ordered_at)
        ON CONFLICT (store_id, customer_id) DO UPDATE
        SET order_id = excluded.order_id, ordered_at = excluded.ordered_at
        WHERE excluded.ordered_at < buying_customers.ordered_at
        """)
    }
  }

  /// The oldest purchase under each key, in one sequence everywhere, so that two workers cannot
  /// deadlock.
  private static func oldest(
    of purchases: [Purchase], by key: (Purchase) -> String?
  ) -> [(key: String, value: Purchase)] {
    let keyed = purchases.compactMap { purchase in key(purchase).map { ($0, purchase) } }
    return Dictionary(keyed) { first, second in
      (second.orderedAt ?? .distantFuture) < (first.orderedAt ?? .distantFuture) ? second : first
    }.sorted { $0.key < $1.key }
  }

  /// The order that one of the mailboxes or the customer paid for before `date`, other than
  /// `orderID`: its id.
  /// - Throws: `PostgresError`.
  package func earlierOrder(
    store: StoreID, customerID: String?, mailboxes: [String], before date: Date,
    otherThan orderID: String
  ) async throws -> String? {
    try await session.first(
      """
      SELECT order_id FROM (
        SELECT order_id, ordered_at FROM buyers
        WHERE store_id = \(store.value) AND mailbox = ANY (\(mailboxes))
        UNION ALL
        SELECT order_id, ordered_at FROM buying_customers
        WHERE store_id = \(store.value) AND customer_id = \(customerID)
      ) AS bought
      WHERE order_id <> \(orderID) AND ordered_at < \(date)
      ORDER BY ordered_at LIMIT 1
      """
    ) { row in try row.decode("order_id", as: String.self) }
  }
}
