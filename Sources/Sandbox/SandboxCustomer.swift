package import FoundationEssentials

/// A customer of the stand-in store. He is kept whole, as the JSON of a recorded customer, so that
/// webhooks carry the recorded shape.
package struct SandboxCustomer: Sendable, Equatable {
  /// Every field of the customer.
  package var fields: JSONValue

  /// A customer from the body of a recorded delivery (its `user`). Nil when there is none in it.
  package init?(recordedCustomer body: [UInt8]) {
    guard let document = try? JSONParser.parse(body), document["user"]["id"].asString != nil else {
      return nil
    }
    fields = document["user"]
  }

  /// A customer with the key `number` in his global id, who has not confirmed his address yet.
  package init(
    number: Int, email: String, isStaff: Bool = false, metadata: [String: String] = [:],
    created: Date = Date()
  ) {
    let createdText = JSONValue.string(created.storeText)
    fields = [
      "id": .string(.globalID("User", String(number))), "email": .string(email.lowercased()),
      "firstName": "Ann", "lastName": "Buyer", "isStaff": .bool(isStaff), "isActive": true,
      "isConfirmed": false, "dateJoined": createdText, "updatedAt": createdText,
      "lastLogin": .null, "languageCode": "EN", "externalReference": .null,
      "metadata": .metadata(metadata), "privateMetadata": [], "defaultBillingAddress": .null,
      "orders": ["totalCount": 0],
    ]
  }

  /// The global id.
  package var id: String { fields["id"].asString ?? "" }
  /// The address.
  package var email: String { fields["email"].asString ?? "" }
  /// Whether he belongs to the shop's staff.
  package var isStaff: Bool { fields["isStaff"].asBool ?? false }
  /// Public metadata, which the customer himself can write to.
  package var metadata: [String: String] {
    get { fields["metadata"].metadataEntries }
    set { fields["metadata"] = .metadata(newValue) }
  }
  /// Private metadata, which only staff and Apps can read.
  package var privateMetadata: [String: String] {
    get { fields["privateMetadata"].metadataEntries }
    set { fields["privateMetadata"] = .metadata(newValue) }
  }

  /// The cursor of his place in the store's list, which goes by address.
  var cursor: String { Data(JSONValue.array([.string(email)]).bytes()).base64EncodedString() }
}

/// An event about a customer, and how he was when it happened.
package struct SandboxCustomerEvent: Sendable, Equatable {
  /// What happened.
  package let event: SandboxEvent
  /// The customer.
  package let customer: SandboxCustomer
}
