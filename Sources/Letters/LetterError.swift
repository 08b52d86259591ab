/// Why a letter cannot be written. Carries none of the values that were to stand in it.
package struct LetterError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The kinds of failure.
  package enum Code: String, Sendable {
    /// One or more template files are missing or wrong; each is named.
    case templates
    /// An address that cannot stand in a header: not `name@domain` in ASCII.
    case address
    /// A header value holds a control character, such as the line break of a forged header.
    case controlCharacter
    /// A message id that is not `left@right` (RFC 5322, section 3.6.4).
    case messageID
  }

  /// What kind of failure this is.
  package let code: Code
  /// What happened, for people; with several faults, one line for each.
  package let message: String

  /// Makes an error.
  init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  /// Never: the same values and the same files give the same failure.
  package var isRetryable: Bool { false }

  /// Code and message.
  package var description: String { "\(code.rawValue): \(message)" }
}
