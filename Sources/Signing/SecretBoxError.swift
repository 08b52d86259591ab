/// Why a secret was not sealed or not opened. Shows neither the secret nor a key.
package struct SecretBoxError: Error, Sendable, Equatable, CustomStringConvertible {
  /// What was wrong.
  package enum Code: String, Sendable {
    /// There is no key, or one has another length than 32 bytes.
    case unsuitableKey
    /// The secret is longer than `SecretBox.maximumByteCount`.
    case tooLong
    /// The sealed value is too short, too long or of another format.
    case malformed
    /// The key that sealed the value is not among the box's keys.
    case unknownKey
    /// The sealed value was altered, or its context is another one.
    case altered
    /// libcrypto failed; the value may be right.
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

  /// Whether the same call may succeed another time.
  package var isRetryable: Bool { code == .libraryFailed }

  /// Code, message and cause on one line.
  package var description: String {
    "\(code.rawValue): \(message)" + (cause.map { " (\($0))" } ?? "")
  }
}
