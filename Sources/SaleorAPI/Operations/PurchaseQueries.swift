import Domain
import FoundationEssentials

/// The fields of an order that tell whether somebody has bought.
struct PurchaseFields: Decodable {
  struct Connection: Decodable {
    struct Edge: Decodable { let node: PurchaseFields }
    let edges: [Edge]
  }

  static let document = """
    fragment Purchase on Order {
      id
      number
      created
      isPaid
      status
      totalCharged { amount }
      totalRefunded { amount }
    }
    """

  let id: String
  let number: String
  let created: String
  let isPaid: Bool
  let status: String
  let totalCharged: Amount
  let totalRefunded: Amount

  struct Amount: Decodable { let amount: Decimal }

  /// The order as a purchase; `nil` when it was never paid, was undone, or all of the money went
  /// back. Goods that were sent back and not refunded have been bought all the same.
  func purchase() throws(StoreError) -> StoreClient.Purchase? {
    if !isPaid && totalCharged.amount <= 0 && totalRefunded.amount > 0 { return nil }
    switch Order.Status(rawValue: status) ?? .unknown {
    case .draft, .canceled, .expired: return nil
    case .unconfirmed, .unfulfilled, .unknown: if !isPaid { return nil }
    case .partiallyFulfilled, .fulfilled, .partiallyReturned, .returned: break
    }
    guard let createdAt = StoreTime.date(created) else {
      throw StoreError(.unexpectedAnswer, "an order's time is not a time")
    }
    return StoreClient.Purchase(orderID: id, orderNumber: number, createdAt: createdAt)
  }
}

/// One order, to see whether it still is a purchase.
struct PurchaseQuery: GraphQLOperation {
  /// The order's id.
  let id: String

  static let name = "Purchase"
  static let document = """
    query Purchase($id: ID!) {
      order(id: $id) { ...Purchase }
    }
    \(PurchaseFields.document)
    """

  struct Answer: Decodable {
    let order: PurchaseFields?
  }
}

/// The orders of an order's customer, a hundred of them.
struct CustomerOrders: GraphQLOperation {
  /// The order's id.
  let id: String

  static let name = "CustomerOrders"
  static let document = """
    query CustomerOrders($id: ID!) {
      order(id: $id) {
        user { orders(first: 100) { edges { node { ...Purchase } } } }
      }
    }
    \(PurchaseFields.document)
    """

  struct Answer: Decodable {
    struct Order: Decodable { let user: User? }
    struct User: Decodable { let orders: PurchaseFields.Connection? }
    let order: Order?
  }
}

/// The orders under exactly these addresses, guests' orders too. Needs the permission
/// MANAGE_ORDERS.
struct OrdersByAddress: GraphQLOperation {
  let addresses: [String]

  var secrets: [String] { addresses }

  static let name = "OrdersByAddress"
  static let document = """
    # Stores from 3.22 on.
    query OrdersByAddress($addresses: [String!]!) {
      orders(first: 100, where: { userEmail: { oneOf: $addresses } }) {
        edges { node { ...Purchase } }
      }
    }
    \(PurchaseFields.document)
    """

  struct Answer: Decodable {
    let orders: PurchaseFields.Connection?
  }
}
