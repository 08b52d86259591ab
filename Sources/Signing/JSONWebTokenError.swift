/// Why a token was not accepted. Shows nothing of the token.
package struct JSONWebTokenError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The kinds of refusal.
  package enum Code: String, Sendable {
    /// It has not the form of a token that the store gives.
    case malformed
    /// `alg` is not RS256.
    case wrongAlgorithm
    /// It was not signed by the store's key of the id that it names.
    case wrongSignature
    /// libcrypto failed; that says nothing about the token.
    case libraryFailed
  }

  /// Which kind.
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

  /// Whether the same token may be accepted another time.
  package var isRetryable: Bool { code == .libraryFailed }

  /// Code, message and cause on one line.
  package var description: String {
    "\(code.rawValue): \(message)" + (cause.map { " (\($0))" } ?? "")
  }
}
