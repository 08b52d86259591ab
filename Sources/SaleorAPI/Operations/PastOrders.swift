import FoundationEssentials

/// How things are listed by the time at which they were made: the oldest comes first, and what is
/// made meanwhile comes behind the end.
struct CreationSorting: Encodable {
  let direction = "ASC"
  let field = "CREATED_AT"
}

/// The orders by the time at which they were placed, one page of 100 (FACTS §5). Drafts are not
/// among them. Needs the permission MANAGE_ORDERS.
struct PastOrders: GraphQLOperation {
  /// Where the page before it ended.
  let after: String?
  let sorting = CreationSorting()

  static let name = "PastOrders"
  static let document = """
    query PastOrders($after: String, $sorting: OrderSortingInput!) {
      orders(first: 100, after: $after, sortBy: $sorting) {
        edges { node { ...Purchase userEmail user { id } } }
        pageInfo { hasNextPage endCursor }
      }
    }
    \(PurchaseFields.document)
    """

  struct Answer: Decodable {
    struct Connection: Decodable {
      struct Edge: Decodable { let node: PastOrderFields }
      let edges: [Edge]
      let pageInfo: PageInfo
    }
    let orders: Connection?
  }
}

/// An order and who placed it.
struct PastOrderFields: Decodable {
  struct Buyer: Decodable { let id: String }

  enum CodingKeys: String, CodingKey {
    case userEmail, user
  }

  let purchase: PurchaseFields
  let userEmail: String?
  let user: Buyer?

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    userEmail = try container.decodeIfPresent(String.self, forKey: .userEmail)
    user = try container.decodeIfPresent(Buyer.self, forKey: .user)
    purchase = try PurchaseFields(from: decoder)
  }
}

/// Counts the store's orders. Needs the permission MANAGE_ORDERS.
struct OrderCount: GraphQLOperation {
  static let name = "OrderCount"
  static let document = """
    query OrderCount {
      orders(first: 1) { totalCount }
    }
    """

  struct Answer: Decodable {
    struct Connection: Decodable { let totalCount: Int? }
    let orders: Connection?
  }
}
