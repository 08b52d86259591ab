/// One HTTP request of the store to a webhook. Every attempt of a delivery sends the same bytes.
package struct SandboxDelivery: Sendable {
  /// Where to, with `POST`.
  package let url: String
  /// All request headers with their recorded names, in the recorded order. `Content-Length` and
  /// `Host` (without a port, as recorded) are among them.
  package let headers: [(name: String, value: String)]
  /// The body.
  package let body: [UInt8]
  /// How long the store waits for a connection.
  package let connectTimeout: Duration
  /// How long the store waits for the answer.
  package let readTimeout: Duration

  /// The first value of a header; the name's case does not matter.
  package func header(_ name: String) -> String? {
    headers.first { $0.name.lowercased() == name.lowercased() }?.value
  }
}

/// What became of a delivery.
package struct SandboxDeliveryRecord: Sendable {
  /// One try.
  package struct Attempt: Sendable {
    /// How long the store had waited since the try before, by its own clock: 0, 10, 20 s and so on.
    package let waited: Duration
    /// The answer's status; nil when there was none.
    package let status: Int?
    /// What went wrong instead of an answer.
    package let failure: String?
  }

  /// How a delivery ended.
  package enum Outcome: String, Sendable {
    /// A 2xx answer.
    case delivered
    /// A 3xx or 4xx answer, or no success after the last retry. The store gives up for ever.
    case failed
    /// The store was stopped in between: nothing sends it again.
    case abandoned
  }

  /// The event.
  package let event: SandboxEvent
  /// The global id of the order or customer.
  package let subjectID: String
  /// What was sent, each time.
  package let delivery: SandboxDelivery
  /// The tries, in order: at most six.
  package let attempts: [Attempt]
  /// How it ended.
  package let outcome: Outcome
}
