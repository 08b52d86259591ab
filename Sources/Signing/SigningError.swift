import COpenSSL

/// A fault inside libcrypto, not a verdict about a signature: a wrong signature is an answer
/// (`false`), never an error. Carries no key, no secret and no signed bytes.
package struct SigningError: Error, Sendable, Equatable, CustomStringConvertible {
  /// Which operation failed.
  package enum Code: String, Sendable {
    /// SHA-256 could not be computed.
    case digestFailed
    /// HMAC-SHA256 could not be computed.
    case authenticationFailed
    /// An RSA key could not be made.
    case keyFailed
    /// An RS256 signature could not be verified, or made.
    case verificationFailed
    /// AES-256-GCM could not be computed.
    case encryptionFailed
  }

  /// Which operation failed.
  package let code: Code
  /// What happened, for people.
  package let message: String
  /// libcrypto's own reason, such as `malloc failure`, when it gave one.
  package let cause: String?

  /// Always true: with fixed algorithms only a passing lack of memory or a provider that is not
  /// loaded yet can fail here, never the input.
  package var isRetryable: Bool { true }

  /// Code, message and cause on one line.
  package var description: String {
    "\(code.rawValue): \(message)" + (cause.map { " (\($0))" } ?? "")
  }

  /// Takes libcrypto's reason from this thread's error queue and empties the queue, so that no
  /// later failure is explained by this one.
  init(_ code: Code, _ message: String) {
    let number = ERR_peek_last_error()
    let reason = unsafe ERR_reason_error_string(number)
    self.code = code
    self.message = message
    cause = unsafe reason.map { unsafe String(cString: $0) }
    ERR_clear_error()
  }
}
