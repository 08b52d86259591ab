package import FoundationEssentials

/// A delivery that the store has given up, as an App finds it at its webhook.
package struct SandboxFailedDelivery: Sendable, Equatable {
  /// When the store made it.
  package let createdAt: Date
  /// The event as the API names it, such as `CUSTOMER_CREATED`.
  package let eventType: String
  /// What was posted; nil once the store has dropped it, after 14 days.
  package let payload: String?
  /// Its number at the store.
  let number: Int

  /// The values by which the store sorts.
  private var key: [String] { [createdAt.storeText, String(number)] }

  /// Its place in the list: base64 of a JSON list, as recorded for orders.
  var cursor: String {
    Data(JSONValue.array(key.map(JSONValue.string)).bytes()).base64EncodedString()
  }

  /// As the GraphQL API shows it.
  var json: JSONValue {
    [
      "id": .string(.globalID("EventDelivery", String(number))),
      "createdAt": .string(createdAt.storeText), "status": "FAILED",
      "eventType": .string(eventType), "payload": .optional(payload),
    ]
  }
}
