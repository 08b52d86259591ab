package import Domain
import FoundationEssentials

extension StoreClient {
  /// An order that was paid for, and by whom.
  package struct PastPurchase: Sendable, Equatable {
    /// The order.
    package let purchase: Purchase
    /// The customer's id; `nil` for a guest.
    package let customerID: String?
    /// The address on the order; `nil` when it has none that can be one.
    package let email: EmailAddress?
  }

  /// Some of the store's orders, in the sequence in which they were placed.
  package struct PastOrderPage: Sendable, Equatable {
    /// Those that were paid for.
    package let purchases: [PastPurchase]
    /// How many orders the page has, paid or not.
    package let count: Int
    /// Where the next page begins; `nil` when this is the last one.
    package let next: String?
  }

  /// How many orders the store has.
  /// - Throws: `StoreError`, `CancellationError`.
  package func orderCount() async throws -> Int {
    guard let count = try await graphQL.send(OrderCount()).orders?.totalCount else {
      throw StoreError(.unexpectedAnswer, "OrderCount: no number of orders")
    }
    return count
  }

  /// Up to 100 orders after `cursor`, from the first order of all when there is none.
  /// - Throws: `StoreError`, `CancellationError`.
  package func pastOrders(after cursor: String?) async throws -> PastOrderPage {
    guard let list = try await graphQL.send(PastOrders(after: cursor)).orders else {
      throw StoreError(.unexpectedAnswer, "PastOrders: no list of orders")
    }
    let next = try list.pageInfo.next()
    if let next, next == cursor {
      throw StoreError(.unexpectedAnswer, "PastOrders: more pages, but no way on")
    }
    return PastOrderPage(
      purchases: try list.edges.map(\.node).compactMap { order in
        try order.purchase.purchase().map {
          PastPurchase(
            purchase: $0, customerID: order.user?.id,
            email: order.userEmail.flatMap(EmailAddress.init))
        }
      },
      count: list.edges.count, next: next)
  }
}
