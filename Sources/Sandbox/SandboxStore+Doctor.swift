/// A webhook of the App, as the App itself may read it.
package struct SandboxAppWebhook: Sendable, Equatable {
  /// A delivery that the store gave up.
  package struct Failure: Sendable, Equatable {
    /// The event, such as `ORDER_PAID`.
    package let event: String
    /// When it was made, as the store writes it.
    package let createdAt: String
    /// What its last attempt was answered with; nil for no answer.
    package let status: Int?

    /// A delivery that was given up.
    package init(event: String, createdAt: String, status: Int?) {
      self.event = event
      self.createdAt = createdAt
      self.status = status
    }
  }

  /// The global id.
  package let id: String
  /// The name that staff see.
  package var name: String
  /// Whether the store delivers to it.
  package var isActive = true
  /// Where it delivers to.
  package var targetURL: String
  /// The events, such as `ORDER_PAID`.
  package var events: [String]
  /// The subscription query; nil for legacy bodies.
  package var query: String?
  /// The secret of its signatures; nil for the store's own key.
  package var secret: String?
  /// What was given up, the newest first.
  package var failures: [Failure] = []

  /// An active webhook with the key `number` in its global id.
  package init(
    number: Int, name: String, targetURL: String, events: [String], query: String?, secret: String?
  ) {
    id = .globalID("Webhook", String(number))
    self.name = name
    self.targetURL = targetURL
    self.events = events
    self.query = query
    self.secret = secret
  }

  /// The webhook as the GraphQL API shows it, its failed deliveries as recorded in
  /// `app-failed-event-deliveries`.
  var json: JSONValue {
    [
      "id": .string(id), "name": .string(name), "targetUrl": .string(targetURL),
      "isActive": .bool(isActive),
      "asyncEvents": .array(events.map { ["eventType": .string($0)] }),
      "secretKey": secret.map(JSONValue.string) ?? .null,
      "subscriptionQuery": query.map(JSONValue.string) ?? .null,
      "eventDeliveries": ["edges": .array(failures.map { ["node": Self.json($0)] })],
    ]
  }

  private static func json(_ failure: Failure) -> JSONValue {
    [
      "createdAt": .string(failure.createdAt), "status": "FAILED",
      "eventType": .string(failure.event),
      "attempts": [
        "edges": [
          [
            "node": [
              "createdAt": .string(failure.createdAt), "status": "FAILED",
              "responseStatusCode": failure.status.map { .number(String($0)) } ?? .null,
            ]
          ]
        ]
      ],
    ]
  }
}

extension SandboxStore {
  /// Gives the App these webhooks, for it to read. Nothing is delivered to them: see
  /// `SandboxWebhooks`.
  package func set(webhooks: [SandboxAppWebhook]) { self.webhooks = webhooks }
}
