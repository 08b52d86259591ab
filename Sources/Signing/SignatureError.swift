/// Why a detached signature was not accepted: its code names the step that failed. Shows nothing of
/// the signature, whose every part may come from a forger.
package struct SignatureError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The steps, in the order in which they are taken.
  package enum Code: String, Sendable {
    /// It is not `header..signature`: parts are missing or empty, or it brings a payload.
    case notDetached
    /// A part is longer than any genuine one.
    case tooLong
    /// A part is not base64url in its one canonical form: padding, whitespace, spare bits.
    case malformedText
    /// The header is no JSON object, or two of its members have the same name.
    case malformedHeader
    /// The header brings a key, or says where one is to be found.
    case foreignKey
    /// `alg` is not RS256.
    case wrongAlgorithm
    /// `b64` is not false.
    case encodedPayload
    /// `crit` is not exactly `["b64"]`.
    case wrongCritical
    /// `kid` is missing, empty or no text.
    case missingKeyID
    /// The store's keys, as far as they are known, have none of that id; newer ones may.
    case unknownKey
    /// The store's key of that id cannot verify RS256: another kind, another purpose, too short.
    case unsuitableKey
    /// The signature was not made by that key over this header and this body.
    case wrongSignature
    /// libcrypto failed; that says nothing about the signature.
    case libraryFailed
  }

  /// Which step failed.
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

  /// Whether the same delivery may be accepted another time: when newer keys are there, or when
  /// libcrypto works again. Everything else is a verdict.
  package var isRetryable: Bool { code == .unknownKey || code == .libraryFailed }

  /// Code, message and cause on one line.
  package var description: String {
    "\(code.rawValue): \(message)" + (cause.map { " (\($0))" } ?? "")
  }
}
