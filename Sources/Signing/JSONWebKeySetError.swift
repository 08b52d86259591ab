/// Why a document is no key set. Shows nothing of the document.
package struct JSONWebKeySetError: Error, Sendable, Equatable, CustomStringConvertible {
  /// What was wrong.
  package enum Code: String, Sendable {
    /// The document is longer than `JSONWebKeySet.maximumByteCount`.
    case tooLarge
    /// The document is not JSON, repeats a member's name or has another shape.
    case malformed
    /// The document has more keys than `JSONWebKeySet.maximumKeyCount`.
    case tooManyKeys
    /// Two keys that could both verify have the same id.
    case repeatedKeyID
    /// libcrypto failed; the document may be right.
    case libraryFailed
  }

  /// What was wrong.
  package let code: Code
  /// What happened, for people.
  package let message: String
  /// libcrypto's fault, when that is the reason.
  package let cause: SigningError?

  init(_ code: Code, _ message: String, cause: SigningError? = nil) {
    self.code = code
    self.message = message
    self.cause = cause
  }

  /// Whether the same document may be read another time.
  package var isRetryable: Bool { code == .libraryFailed }

  /// Code, message and cause on one line.
  package var description: String {
    "\(code.rawValue): \(message)" + (cause.map { " (\($0))" } ?? "")
  }
}
