extension SandboxOrder {
  /// Has everything that was ordered be of a category of this id, below those of `ancestors`, the
  /// highest first.
  package mutating func setCategory(_ id: String, below ancestors: [String] = []) {
    guard var lines = fields["lines"].asArray else { return }
    for index in lines.indices {
      lines[index]["variant"]["product"]["category"] = [
        "id": .string(id), "slug": "goods",
        "ancestors": ["edges": .array(ancestors.map { ["node": ["id": .string($0)]] })],
      ]
    }
    fields["lines"] = .array(lines)
  }

  /// Has everything that was ordered be deleted from the shop since.
  package mutating func deleteGoods() {
    guard var lines = fields["lines"].asArray else { return }
    for index in lines.indices { lines[index]["variant"] = .null }
    fields["lines"] = .array(lines)
  }

  /// Has the order go to a country, and be billed to another one.
  package mutating func setCountries(shipping: String?, billing: String) {
    var address = SandboxAddress()
    address.country = billing
    fields["billingAddress"] = address.json
    if let shipping {
      address.country = shipping
      fields["shippingAddress"] = address.json
    } else {
      fields["shippingAddress"] = .null
    }
  }
}
