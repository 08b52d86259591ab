package import FoundationEssentials

extension StoreClient {
  /// An order that was paid for.
  package struct Purchase: Sendable, Equatable {
    /// Its id at the store.
    package let orderID: String
    /// The number that people see.
    package let orderNumber: String
    /// When it was placed.
    package let createdAt: Date
  }

  /// The order as a purchase; `nil` when it is none, or none any more, and when the store knows none
  /// of that id.
  /// - Throws: `StoreError`, `CancellationError`.
  package func purchase(_ orderID: String) async throws -> Purchase? {
    try await graphQL.send(PurchaseQuery(id: orderID)).order?.purchase()
  }

  /// What the customer of an order has bought: of a hundred of his orders those that were paid for.
  /// - Throws: `StoreError`, `CancellationError`.
  package func purchases(ofCustomerOf orderID: String) async throws -> [Purchase] {
    let user = try await graphQL.send(CustomerOrders(id: orderID)).order?.user
    return try (user?.orders?.edges ?? []).compactMap { try $0.node.purchase() }
  }

  /// What was bought under exactly these addresses, by guests too. Stores from 3.22 on answer it.
  /// - Throws: `StoreError`, `CancellationError`.
  package func purchases(addresses: [String]) async throws -> [Purchase] {
    let orders = try await graphQL.send(OrdersByAddress(addresses: addresses)).orders
    return try (orders?.edges ?? []).compactMap { try $0.node.purchase() }
  }
}
