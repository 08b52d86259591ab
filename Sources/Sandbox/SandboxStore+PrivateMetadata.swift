extension SandboxStore {
  /// `updatePrivateMetadata` for gift cards, vouchers and the App itself; entries under other keys
  /// stay. Each kind needs its own permission; an App needs none for itself.
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
      return Self.item([:], own.privateMetadata)
    }
    if let card = cards.first(where: { $0.id == id }) {
      try require("MANAGE_GIFT_CARD", root)
      let held = card.privateMetadata.merging(entries) { $1 }
      change(card: id) { $0.privateMetadata = held }
      return Self.item(card.metadata, held)
    }
    if let voucher = vouchers.first(where: { $0.id == id }) {
      try require("MANAGE_DISCOUNTS", root)
      let held = voucher.privateMetadata.merging(entries) { $1 }
      change(voucher: id) { $0.privateMetadata = held }
      return Self.item(voucher.metadata, held)
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

  private func require(_ permission: String, _ root: QueryPlan.Field) throws(FieldProblem) {
    guard app.permissions.contains(permission) else {
      throw .permissionDenied([permission], root, path: [root.responseKey])
    }
  }

  private static func item(_ metadata: [String: String], _ hidden: [String: String]) -> JSONValue {
    [
      "item": ["metadata": .metadata(metadata), "privateMetadata": .metadata(hidden)],
      "errors": [],
    ]
  }
}
