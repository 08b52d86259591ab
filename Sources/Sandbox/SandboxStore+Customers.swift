import FoundationEssentials

extension SandboxStore {
  /// Adds a customer, or replaces the one with his id.
  package func put(_ customer: SandboxCustomer) { customers[customer.id] = customer }

  /// A customer by his global id.
  package func customer(_ id: String) -> SandboxCustomer? { customers[id] }

  /// Removes a customer: from then on he is unknown, and the cards that only he can spend are inactive.
  package func remove(customer id: String) {
    customers[id] = nil
    for index in cards.indices where cards[index].assignedTo?.id == id {
      cards[index].isActive = false
    }
  }

  /// The events about customers since the last call, for webhooks to be told of.
  package func takeCustomerEvents() -> [SandboxCustomerEvent] {
    defer { customerEvents = [] }
    return customerEvents
  }

  /// `customers`: by address, those after the cursor.
  func customersAnswer(_ root: QueryPlan.Field) throws(FieldProblem) -> JSONValue {
    let page = try SandboxPage(root)
    var found = customers.values.sorted { ($0.email, $0.id) < ($1.email, $1.id) }
    if let cursor = root.arguments["after"]?.asString {
      guard let bytes = Data(base64Encoded: cursor),
        let email = try? JSONParser.parse(Array(bytes))[0].asString
      else {
        throw FieldProblem(
          message: "Received cursor is invalid.", code: "GraphQLError", location: root.location,
          path: [root.responseKey])
      }
      found.removeAll { $0.email <= email }
    }
    var answer = page.connection(of: found.map { (id: $0.cursor, json: $0.fields) })
    answer["totalCount"] = .number(String(customers.count))
    return answer
  }

  /// `updateMetadata` for customers and checkouts; entries under other keys stay. A checkout needs no
  /// permission, a customer one, and staff another.
  /// An id that is none is refused as recorded for private metadata; an unknown user as the store's
  /// source says (saleor/graphql/meta/permissions.py).
  func updateMetadata(
    _ root: QueryPlan.Field, permissions: [String]?
  ) throws(FieldProblem) -> JSONValue {
    func refusal(_ field: JSONValue, _ code: String, _ message: String) -> JSONValue {
      [
        "item": .null,
        "errors": [["field": field, "message": .string(message), "code": .string(code)]],
      ]
    }
    let id = root.arguments["id"]?.asString ?? ""
    let input = root.arguments["input"] ?? .null
    if let answer = updateMetadata(checkout: id, input.metadataEntries) { return answer }
    guard permissions?.contains("MANAGE_USERS") == true else {
      throw .permissionDenied(["MANAGE_USERS"], root, path: [root.responseKey])
    }
    guard
      Data(base64Encoded: id).map({ String(decoding: $0, as: UTF8.self) })?.contains(":") == true
    else { return refusal(.null, "INVALID", "“\(id)” is not a valid UUID.") }
    guard var customer = customers[id] else {
      return refusal("id", "NOT_FOUND", "Couldn't resolve user.")
    }
    if customer.isStaff && !app.permissions.contains("MANAGE_STAFF") {
      throw .permissionDenied(["MANAGE_STAFF"], root, path: [root.responseKey])
    }
    if (input.asArray ?? []).contains(where: {
      $0["key"].asString?.allSatisfy(\.isWhitespace) == true
    }) {
      return refusal("input", "REQUIRED", "Metadata key cannot be empty.")
    }
    customer.metadata.merge(input.metadataEntries) { $1 }
    customer = keep(changed: customer)
    return [
      "item": [
        "metadata": customer.fields["metadata"],
        "privateMetadata": customer.fields["privateMetadata"],
      ], "errors": [],
    ]
  }

  /// Keeps a customer whose metadata changed, at a new `updatedAt` (source:
  /// `saleor/graphql/meta/mutations/utils.py`), with the events of it. Returns him as he is then.
  @discardableResult
  func keep(changed customer: SandboxCustomer) -> SandboxCustomer {
    var customer = customer
    customer.fields["updatedAt"] = .string(now().storeText)
    customers[customer.id] = customer
    customerEvents += [.customerUpdated, .customerMetadataUpdated].map {
      SandboxCustomerEvent(event: $0, customer: customer)
    }
    return customer
  }
}
