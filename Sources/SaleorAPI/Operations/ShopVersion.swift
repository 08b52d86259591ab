/// Asks which schema the store speaks; the store answers this without a token.
struct ShopVersion: GraphQLOperation {
  static let name = "ShopVersion"
  static let document = """
    query ShopVersion {
      shop { schemaVersion }
    }
    """

  struct Answer: Decodable {
    struct Shop: Decodable { let schemaVersion: String }
    let shop: Shop
  }
}
