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
    /// The use in an order; nil for other events.
    package var use: Use?
    /// What was on the card afterwards; nil for events that are not about it.
    var balance: Decimal?
    /// Where a letter went; nil for other events.
    package var email: String?
  }

  /// A use of the card in an order.
  package struct Use: Sendable, Equatable {
    /// The order's global id.
    package let orderID: String
    /// The number that people see.
    package let orderNumber: String
    /// Who paid.
    package let email: String
    /// What was on the card before.
    package let balanceBefore: Decimal
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
  /// The customer who alone can spend it, as he was when it was made; nil for whoever has the code.
  package internal(set) var assignedTo: SandboxCustomer?
  /// The tags, in the order in which the store first saw them.
  package var tags: [Tag] = []
  /// The history. A card without any is half made: the store failed between saving it and this.
  package var events: [Event] = []
  /// When something of it was last spent.
  var lastUsed: Date?

  /// The card as the GraphQL API shows it.
  func json(app: SandboxApp) -> JSONValue {
    let appJSON = app.json
    return [
      "id": .string(id), "code": .string(code),
      "displayCode": .string(String(code.suffix(4))),
      "last4CodeChars": .string(String(code.suffix(4))),
      "isActive": .bool(isActive), "created": .string(created.storeText),
      "expiryDate": .optional(expiryDate), "createdByEmail": .null,
      "assignedToEmail": .optional(assignedTo?.email),
      "boughtInChannel": .null, "app": appJSON, "createdBy": .null,
      "lastUsedOn": .optional(lastUsed?.storeText),
      "usedByEmail": .optional(events.last { $0.use != nil }?.use?.email),
      "initialBalance": .money(initialBalance, currency),
      "currentBalance": .money(currentBalance, currency),
      "tags": .array(tags.map { ["id": .string($0.id), "name": .string($0.name)] }),
      "events": .array(events.map { json(of: $0, app: appJSON) }),
      "metadata": .metadata(metadata), "privateMetadata": .metadata(privateMetadata),
    ]
  }

  private func json(of event: Event, app: JSONValue) -> JSONValue {
    [
      "id": .string(event.id), "type": .string(event.type),
      "date": .string(event.date.storeText), "message": .optional(event.message),
      "email": .optional(event.email), "app": event.use == nil ? app : .null,
      "user": event.use.map { ["email": .string($0.email)] } ?? .null,
      "orderId": .optional(event.use?.orderID), "orderNumber": .optional(event.use?.orderNumber),
      "balance": event.balance.map { balance in
        [
          "currentBalance": .money(balance, currency),
          "oldCurrentBalance": event.use.map { .money($0.balanceBefore, currency) } ?? .null,
        ]
      } ?? .null,
    ]
  }
}
