package import FoundationEssentials

extension SandboxGiftCard {
  /// The body of a delivery about the card, such as `GiftCardStatusChanged`: what the recorded
  /// subscription asks for, the code among it.
  package func body(of event: String, app: SandboxApp, at date: Date = Date()) -> [UInt8] {
    let card = json(app: app)
    let fields = [
      "id", "last4CodeChars", "code", "created", "isActive", "expiryDate", "createdByEmail",
      "assignedToEmail", "app", "initialBalance", "currentBalance", "tags", "metadata",
      "privateMetadata",
    ]
    var shown = JSONObject()
    for field in fields { shown[field] = card[field] }
    shown["app"] = [
      "id": .string(app.id), "identifier": .string(app.identifier), "name": .string(app.name),
    ]
    shown["tags"] = .array(tags.map { ["name": .string($0.name)] })
    let payload: JSONValue = [
      "__typename": .string(event), "issuedAt": .string(date.storeText), "version": "3.23.28",
      "issuingPrincipal": [
        "__typename": "App", "id": .string(app.id), "name": .string(app.name),
      ],
      "giftCard": .object(shown),
    ]
    return payload.bytes(.spaced)
  }

  /// The body of a delivery about the card through a webhook without a query.
  package func legacyBody(at date: Date = Date()) -> [UInt8] {
    let payload: JSONValue = [
      "id": .string(id), "is_active": .bool(isActive),
      "meta": [
        "issued_at": .string(date.storeText), "version": "3.23.28",
        "issuing_principal": .null,
      ],
    ]
    return payload.bytes(.spaced)
  }
}
