/// Where an order goes, and of which categories its goods are: what campaigns ask for. It costs what
/// the levels of a category cost once, however many lines there are.
struct OrderGoodsQuery: GraphQLOperation {
  let id: String

  static let name = "OrderGoods"
  static let document = """
    query OrderGoods($id: ID!) {
      order(id: $id) {
        shippingAddress { country { code } }
        billingAddress { country { code } }
        lines {
          variant {
            product { category { id ancestors(first: 100) { edges { node { id } } } } }
          }
        }
      }
    }
    """

  struct Answer: Decodable {
    struct Order: Decodable {
      let shippingAddress: Address?
      let billingAddress: Address?
      let lines: [Line]
    }
    struct Address: Decodable {
      let country: Country
    }
    struct Country: Decodable {
      let code: String
    }
    struct Line: Decodable {
      /// Missing where it was deleted since.
      let variant: Variant?
    }
    struct Variant: Decodable {
      let product: Product
    }
    struct Product: Decodable {
      let category: Category?
    }
    struct Category: Decodable {
      let id: String
      let ancestors: Ancestors?
    }
    struct Ancestors: Decodable {
      let edges: [Edge]
    }
    struct Edge: Decodable {
      let node: Node
    }
    struct Node: Decodable {
      let id: String
    }
    let order: Order?
  }
}

/// What campaigns ask the store of an order.
package struct OrderGoods: Sendable, Equatable {
  /// The country where it goes, or is billed where nothing is sent (ISO 3166, two capital letters);
  /// `nil` when it has no address.
  package var country: String?
  /// The ids of the categories of its goods, and of those above them.
  package var categories: Set<String>
  /// Whether the product of a line was deleted since, so that its categories are known no more.
  package var hasDeletedGoods = false
}

extension StoreClient {
  /// What campaigns ask of an order; `nil` when the store knows none of that id.
  /// - Throws: `StoreError`, `CancellationError`.
  package func goods(ofOrder id: String) async throws -> OrderGoods? {
    guard let order = try await graphQL.send(OrderGoodsQuery(id: id)).order else { return nil }
    let categories = order.lines.compactMap(\.variant?.product.category)
    return OrderGoods(
      country: (order.shippingAddress ?? order.billingAddress)?.country.code.uppercased(),
      categories: Set(
        categories.flatMap { [$0.id] + ($0.ancestors?.edges.map(\.node.id) ?? []) }),
      hasDeletedGoods: order.lines.contains { $0.variant == nil })
  }
}
