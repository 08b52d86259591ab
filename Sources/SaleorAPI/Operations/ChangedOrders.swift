import FoundationEssentials

/// How the orders that changed are listed: the one that changed first comes first. The store adds
/// its number, so that the sequence is clear among orders that changed at the same instant.
struct ChangedOrdersSorting: Encodable {
  let direction = "ASC"
  let field = "LAST_MODIFIED_AT"
}

/// The orders that changed at an instant or later, one page of at most 100 (FACTS §5). Needs the
/// permission MANAGE_ORDERS.
///
/// `filter` is deprecated from 3.22 on in favour of `where`, which 3.20 and 3.21 do not have.
struct ChangedOrders: GraphQLOperation {
  /// RFC 3339.
  let since: String
  /// Where the page before it ended.
  let after: String?
  /// How many orders the page has at most.
  let limit: Int
  let sorting = ChangedOrdersSorting()

  static let name = "ChangedOrders"
  static let document = """
    query ChangedOrders(
      $since: DateTime!, $after: String, $limit: Int!, $sorting: OrderSortingInput!
    ) {
      orders(
        first: $limit, after: $after, filter: { updatedAt: { gte: $since } }, sortBy: $sorting
      ) {
        edges { node { ...PolledOrder } }
        pageInfo { hasNextPage endCursor }
      }
    }
    \(PolledOrderFields.document)
    """

  struct Answer: Decodable {
    struct Connection: Decodable {
      struct Edge: Decodable { let node: PolledOrderFields }
      let edges: [Edge]
      let pageInfo: PageInfo
    }
    let orders: Connection?
  }
}

/// As `ChangedOrders`, of one order, and only what cannot be large.
struct ChangedOrderTimes: GraphQLOperation {
  /// RFC 3339.
  let since: String
  /// Where the page before it ended.
  let after: String?
  let sorting = ChangedOrdersSorting()

  static let name = "ChangedOrderTimes"
  static let document = """
    query ChangedOrderTimes($since: DateTime!, $after: String, $sorting: OrderSortingInput!) {
      orders(first: 1, after: $after, filter: { updatedAt: { gte: $since } }, sortBy: $sorting) {
        edges { node { id updatedAt } }
        pageInfo { hasNextPage endCursor }
      }
    }
    """

  struct Answer: Decodable {
    struct Connection: Decodable {
      struct Edge: Decodable { let node: Fields }
      let edges: [Edge]
      let pageInfo: PageInfo
    }
    struct Fields: Decodable {
      let id: String
      let updatedAt: String
    }
    let orders: Connection?
  }
}

/// Whether a list goes on, and where.
struct PageInfo: Decodable {
  let hasNextPage: Bool
  let endCursor: String?
}
