import FoundationEssentials

extension SandboxStore {
  /// The orders whose metadata changed since the last call, each as it was then: ORDER_METADATA_UPDATED
  /// is all that the store tells of it (FACTS §4).
  package func takeOrdersWithNewMetadata() -> [SandboxOrder] {
    defer { ordersWithNewMetadata = [] }
    return ordersWithNewMetadata
  }

  /// `updatePrivateMetadata` for orders, customers, gift cards, vouchers and the App itself; entries
  /// under other keys stay. Each kind needs its own permission; an App needs none for itself. Of a
  /// customer who is not known the store says that the permission is missing, as recorded.
  func updatePrivateMetadata(
    _ root: QueryPlan.Field, bearer: String?
  ) throws(FieldProblem) -> JSONValue {
    let id = root.arguments["id"]?.asString ?? ""
    let entries = (root.arguments["input"] ?? .null).metadataEntries
    guard !entries.keys.contains(where: { $0.allSatisfy(\.isWhitespace) }) else {
      return [
        "item": .null,
        "errors": [
          ["field": "input", "message": "Metadata key cannot be empty.", "code": "REQUIRED"]
        ],
      ]
    }
    if var own = app(of: bearer), own.id == id {
      own.privateMetadata.merge(entries) { $1 }
      keep(own)
      return Self.item("App", [:], own.privateMetadata)
    }
    if let card = cards.first(where: { $0.id == id }) {
      try require("MANAGE_GIFT_CARD", root)
      let held = card.privateMetadata.merging(entries) { $1 }
      change(card: id) { $0.privateMetadata = held }
      return Self.item("GiftCard", card.metadata, held)
    }
    if let voucher = vouchers.first(where: { $0.id == id }) {
      try require("MANAGE_DISCOUNTS", root)
      let held = voucher.privateMetadata.merging(entries) { $1 }
      change(voucher: id) { $0.privateMetadata = held }
      return Self.item("Voucher", voucher.metadata, held)
    }
    let kind = Data(base64Encoded: id).map { String(decoding: $0, as: UTF8.self) } ?? ""
    if kind.hasPrefix("Order:") { try require("MANAGE_ORDERS", root) }
    if let order = orders[id] {
      let held = order.privateMetadata.merging(entries) { $1 }
      if let changed = update(order: id, { $0.privateMetadata = held }) {
        ordersWithNewMetadata.append(changed)
      }
      return Self.item("Order", order.metadata, held)
    }
    if kind.hasPrefix("User:") { return try updatePrivateMetadata(customer: id, entries, root) }
    guard kind.contains(":") else {
      return [
        "item": .null,
        "errors": [
          [
            "field": .null, "code": "INVALID",
            "message": .string("“\(id)” is not a valid UUID."),
          ]
        ],
      ]
    }
    return [
      "item": .null,
      "errors": [
        [
          "field": "id", "code": "NOT_FOUND",
          "message": .string("Couldn't resolve to a node: \(id)"),
        ]
      ],
    ]
  }

  private func updatePrivateMetadata(
    customer id: String, _ entries: [String: String], _ root: QueryPlan.Field
  ) throws(FieldProblem) -> JSONValue {
    guard var customer = customers[id] else {
      throw FieldProblem(
        message: "You do not have permission to perform this action", code: "PermissionDenied",
        location: root.location, path: [root.responseKey])
    }
    try require(customer.isStaff ? "MANAGE_STAFF" : "MANAGE_USERS", root)
    customer.privateMetadata.merge(entries) { $1 }
    keep(changed: customer)
    return Self.item("User", customer.metadata, customer.privateMetadata)
  }

  private func require(_ permission: String, _ root: QueryPlan.Field) throws(FieldProblem) {
    guard app.permissions.contains(permission) else {
      throw .permissionDenied([permission], root, path: [root.responseKey])
    }
  }

  private static func item(
    _ type: String, _ metadata: [String: String], _ hidden: [String: String]
  ) -> JSONValue {
    [
      "item": [
        "__typename": .string(type), "metadata": .metadata(metadata),
        "privateMetadata": .metadata(hidden),
      ],
      "errors": [],
    ]
  }
}
