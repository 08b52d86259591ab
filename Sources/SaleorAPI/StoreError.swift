/// Why a call to the store gave no usable answer.
package struct StoreError: Error, Sendable, CustomStringConvertible {
  /// The kinds of failure, told apart as FACTS §5 describes the store's answers.
  package enum Code: String, Sendable {
    /// No connection, no answer in time, or the connection broke.
    case unreachable
    /// HTTP 5xx: the store or something before it is ill.
    case unavailable
    /// HTTP 200 with "Internal Server Error": the mutation may have been saved all the same.
    case internalError = "internal_error"
    /// Bad token, deactivated App or missing permission; the store does not tell which.
    case permissionDenied = "permission_denied"
    /// HTTP 400 with GraphQL errors: the request itself is wrong and will stay so.
    case invalidRequest = "invalid_request"
    /// The answer has more bytes than are taken.
    case answerTooLarge = "answer_too_large"
    /// Any other answer: a redirect, a 404, a page instead of JSON, fields missing.
    case unexpectedAnswer = "unexpected_answer"
  }

  /// What went wrong.
  package let code: Code
  /// The details, for logs and for the reason of a dead letter; without tokens or reward codes.
  package let message: String

  /// Puts an error together.
  package init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  /// Whether the same call can succeed later. A refused permission heals when the shopkeeper
  /// grants it; a malformed request never does.
  package var isRetryable: Bool { code != .invalidRequest }

  /// Whether the store does not take a cursor of its own any more, as another version may not.
  package var isAboutCursor: Bool {
    code == .internalError && message.hasSuffix("Received cursor is invalid.")
  }

  package var description: String { "\(code.rawValue): \(message)" }
}
