/// Writes entries into the public metadata of an object; the other entries stay.
struct MetadataUpdate: GraphQLOperation {
  let id: String
  let input: [MetadataItem]

  static let name = "MetadataUpdate"
  static let document = """
    mutation MetadataUpdate($id: ID!, $input: [MetadataInput!]!) {
      updateMetadata(id: $id, input: $input) {
        errors { field code message }
      }
    }
    """

  struct Answer: Decodable {
    struct Payload: Decodable {
      let errors: [MutationError]
    }
    let updateMetadata: Payload
  }
}

/// Counts the store's customers.
struct CustomerCount: GraphQLOperation {
  static let name = "CustomerCount"
  static let document = """
    query CustomerCount {
      customers(first: 1) { totalCount }
    }
    """

  struct Answer: Decodable {
    struct Connection: Decodable { let totalCount: Int? }
    let customers: Connection?
  }
}

/// Lists customers by pages of 100, the most that the store gives at once.
struct CustomersQuery: GraphQLOperation {
  let after: String?

  static let name = "Customers"
  static let document = """
    query Customers($after: String) {
      customers(first: 100, after: $after) {
        edges { node { id email } }
        pageInfo { hasNextPage endCursor }
      }
    }
    """

  struct Answer: Decodable {
    struct Connection: Decodable {
      struct Edge: Decodable {
        struct Node: Decodable {
          let id: String
          let email: String
        }
        let node: Node
      }
      let edges: [Edge]
      let pageInfo: PageInfo
    }
    let customers: Connection?
  }
}
