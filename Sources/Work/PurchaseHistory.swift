import Domain
import Rules
import SaleorAPI

/// Asks the store what a buyer bought before an order.
struct PurchaseHistory: Sendable {
  private let client: StoreClient
  private let version: StoreVersionCache

  /// Asks through `client`.
  init(client: StoreClient) {
    self.client = client
    version = StoreVersionCache(client: client)
  }

  /// What the order's customer, or its address, bought before it. A guest's orders can only be
  /// found from version 3.22 on; before, only `recorded` tells of them: orders that were paid for
  /// under the same mailbox, by what deliveries told. They are read back, because any of them may
  /// have been cancelled or refunded since.
  /// - Throws: `StoreError`, `CancellationError`.
  func before(_ order: Order, recorded: [String]) async throws -> Facts.History {
    for id in recorded {
      if let purchase = try await client.purchase(id) { return .order(purchase.orderNumber) }
    }
    var isKnown = false
    var purchases: [StoreClient.Purchase] = []
    if order.userID != nil {
      purchases += try await client.purchases(ofCustomerOf: order.id)
      isKnown = true
    }
    if let typed = order.emailText, try await version.value().ordersAreFoundByAddress {
      // Guests keep the case that they typed (FACTS §4).
      purchases += try await client.purchases(addresses: [typed, typed.lowercased()])
      isKnown = true
    }
    let earlier = purchases.filter { $0.orderID != order.id && $0.createdAt < order.createdAt }
      .min { $0.createdAt < $1.createdAt }
    if let earlier { return .order(earlier.orderNumber) }
    return isKnown ? .none : .unknown
  }
}
