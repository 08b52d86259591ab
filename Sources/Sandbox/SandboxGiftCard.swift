package import FoundationEssentials

/// A gift card of the stand-in store.
package struct SandboxGiftCard: Sendable, Equatable {
  /// A tag; the store keeps its name in lower case.
  package struct Tag: Sendable, Equatable {
    /// The tag's global id.
    package let id: String
    /// The name.
    package let name: String
  }

  /// An entry of the card's history.
  package struct Event: Sendable, Equatable {
    /// The event's global id.
    package let id: String
    /// `ISSUED`, `NOTE_ADDED`, `TAGS_UPDATED` and so on.
    package let type: String
    /// When it happened.
    package let date: Date
    /// The note's text; nil for other events.
    package let message: String?
    /// Where a letter went; nil for other events.
    package let email: String?
  }

  /// The card's global id.
  package let id: String
  /// The code, as it was given: the store neither trims it nor changes its case.
  package let code: String
  /// When it was made.
  package let created: Date
  /// What the card was made with.
  package var initialBalance: Decimal
  /// What is left on it.
  package var currentBalance: Decimal
  /// The currency, which the store does not check.
  package let currency: String
  /// Whether it can be used.
  package var isActive: Bool
  /// The day on which it ends; nil for never.
  package var expiryDate: String?
  /// Public metadata.
  package var metadata: [String: String]
  /// Private metadata.
  package var privateMetadata: [String: String]
  /// The tags, in the order in which the store first saw them.
  package var tags: [Tag] = []
  /// The history. A card without any is half made: the store failed between saving it and this.
  package var events: [Event] = []

  /// The card as the GraphQL API shows it.
  func json(app: SandboxApp) -> JSONValue {
    let appJSON = app.json
    return [
      "id": .string(id), "code": .string(code),
      "displayCode": .string(String(code.suffix(4))),
      "last4CodeChars": .string(String(code.suffix(4))),
      "isActive": .bool(isActive), "created": .string(created.storeText),
      "expiryDate": .optional(expiryDate), "createdByEmail": .null, "assignedToEmail": .null,
      "boughtInChannel": .null, "app": appJSON, "createdBy": .null,
      "initialBalance": .money(initialBalance, currency),
      "currentBalance": .money(currentBalance, currency),
      "tags": .array(tags.map { ["id": .string($0.id), "name": .string($0.name)] }),
      "events": .array(
        events.map { event in
          [
            "id": .string(event.id), "type": .string(event.type),
            "date": .string(event.date.storeText), "message": .optional(event.message),
            "email": .optional(event.email), "app": appJSON, "user": .null,
          ]
        }),
      "metadata": .metadata(metadata), "privateMetadata": .metadata(privateMetadata),
    ]
  }
}
