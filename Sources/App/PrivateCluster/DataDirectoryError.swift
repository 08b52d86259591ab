/// Why the data folder cannot be used.
package struct DataDirectoryError: Error, Sendable, CustomStringConvertible {
  /// The kinds of failure.
  package enum Code: String, Sendable {
    /// Another running Laurel holds the folder.
    case inUse = "in_use"
    /// The folder cannot be made, entered or written.
    case unusable
  }

  /// What went wrong.
  package let code: Code
  /// What happened, naming the folder, and what to do about it.
  package let message: String
  /// The process that holds the folder, as far as its lock file tells.
  package let holder: Int32?
  /// The error below, where there was one.
  package let cause: (any Error)?

  /// Puts an error together.
  package init(
    _ code: Code, _ message: String, holder: Int32? = nil, cause: (any Error)? = nil
  ) {
    self.code = code
    self.message = message
    self.holder = holder
    self.cause = cause
  }

  /// Whether trying again can help: the holder may end, an unusable folder stays unusable.
  package var isRetryable: Bool { code == .inUse }

  package var description: String {
    guard let cause else { return "\(code.rawValue): \(message)" }
    return "\(code.rawValue): \(message) (\(cause))"
  }
}
