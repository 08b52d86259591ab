package import Domain

/// A sales channel of the store.
package struct StoreChannel: Sendable, Equatable {
  /// The channel's id at the store.
  package let id: String
  /// The name that stands in addresses.
  package let slug: String
  /// The only currency in which the channel sells.
  package let currency: Currency
}

/// Lists every channel; the store does not page them.
struct ChannelsQuery: GraphQLOperation {
  static let name = "Channels"
  static let document = """
    query Channels {
      channels { id slug currencyCode isActive }
    }
    """

  struct Answer: Decodable {
    struct Channel: Decodable {
      let id: String
      let slug: String
      let currencyCode: String
      let isActive: Bool
    }
    let channels: [Channel]?
  }
}
