/// Why Laurel's private PostgreSQL could not be made, started or stopped.
package struct PrivateClusterError: Error, Sendable, CustomStringConvertible {
  /// The kinds of failure, told apart by what the operator has to do.
  package enum Code: String, Sendable {
    /// No complete PostgreSQL server on this machine.
    case notInstalled = "not_installed"
    /// The cluster was made by another major version than those installed.
    case versionMismatch = "version_mismatch"
    /// Started by root, and the unprivileged user for PostgreSQL does not exist.
    case userMissing = "user_missing"
    /// The cluster belongs to another user than the one that starts Laurel.
    case wrongOwner = "wrong_owner"
    /// A folder cannot be made, entered or written, or is not what it should be.
    case folderUnusable = "folder_unusable"
    /// A program of PostgreSQL ended with a failure.
    case commandFailed = "command_failed"
    /// A program of PostgreSQL did not end in time and was ended.
    case timedOut = "timed_out"
    /// The task that asked was cancelled.
    case cancelled
  }

  /// What went wrong.
  package let code: Code
  /// What happened and what to do about it.
  package let message: String
  /// The error below, where there was one.
  package let cause: (any Error)?

  /// Puts an error together.
  package init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
    self.code = code
    self.message = message
    self.cause = cause
  }

  /// Whether starting again, with nothing changed by a person, can help.
  package var isRetryable: Bool {
    switch code {
    case .commandFailed, .timedOut, .cancelled: true
    case .notInstalled, .versionMismatch, .userMissing, .wrongOwner, .folderUnusable: false
    }
  }

  package var description: String {
    guard let cause else { return "\(code.rawValue): \(message)" }
    return "\(code.rawValue): \(message) (\(cause))"
  }
}
