import FoundationEssentials

/// A visitor's checkout at the stand-in store. Whoever knows its id can write to its metadata
/// (FACTS §4).
package struct SandboxCheckout: Sendable, Equatable {
  /// The global id.
  package let id: String
  /// The token inside the id, a UUID.
  package let token: String
  /// The visitor's address, if he has given one.
  package let email: String?
  /// Public metadata, which is copied to the order.
  package var metadata: [String: String]

  /// The checkout as the GraphQL API shows it.
  var json: JSONValue {
    [
      "id": .string(id), "token": .string(token), "email": .optional(email),
      "metadata": .metadata(metadata),
    ]
  }
}

extension SandboxStore {
  /// `checkoutCreate`: what is put into it does not matter here.
  func createCheckout(_ root: QueryPlan.Field) -> JSONValue {
    let input = root.arguments["input"] ?? .null
    let token = UUID().uuidString.lowercased()
    let checkout = SandboxCheckout(
      id: .globalID("Checkout", token), token: token, email: input["email"].asString,
      metadata: input["metadata"].metadataEntries)
    checkouts[checkout.id] = checkout
    return ["checkout": checkout.json, "errors": []]
  }

  /// `updateMetadata` for a checkout, which needs no permission; entries under other keys stay.
  func updateMetadata(checkout id: String, _ entries: [String: String]) -> JSONValue? {
    guard var checkout = checkouts[id] else { return nil }
    checkout.metadata.merge(entries) { $1 }
    checkouts[id] = checkout
    return ["item": ["metadata": .metadata(checkout.metadata)], "errors": []]
  }
}
