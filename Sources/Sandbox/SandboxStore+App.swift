extension SandboxStore {
  /// Changes the App as the store has it.
  package func change(app change: @Sendable (inout SandboxApp) -> Void) { change(&app) }

  /// `updatePrivateMetadata` for the App itself, which needs no permission for that; everything else
  /// is refused as recorded for what does not exist. Other entries stay.
  func updatePrivateMetadata(_ root: QueryPlan.Field) throws(FieldProblem) -> JSONValue {
    guard root.arguments["id"]?.asString == app.id else {
      throw FieldProblem(
        message: "You do not have permission to perform this action", code: "PermissionDenied",
        location: root.location, path: [root.responseKey])
    }
    let input = root.arguments["input"] ?? .null
    let hasEmptyKey = (input.asArray ?? []).contains {
      $0["key"].asString?.allSatisfy(\.isWhitespace) == true
    }
    guard !hasEmptyKey else {
      return [
        "item": .null,
        "errors": [
          [
            "field": "input", "message": "Metadata key cannot be empty.", "code": "REQUIRED",
          ]
        ],
      ]
    }
    app.privateMetadata.merge(input.metadataEntries) { $1 }
    return ["item": ["privateMetadata": .metadata(app.privateMetadata)], "errors": []]
  }
}
