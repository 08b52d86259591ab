/// What went wrong between this program and the database.
///
/// It never holds a bound value or a password: the server's DETAIL and HINT lines are dropped, and
/// so is a primary message of SQLSTATE class 22 that quotes the refused value.
package struct PostgresError: Error, Hashable, CustomStringConvertible {
  /// The kinds of failure that a caller may treat differently.
  package enum Code: Hashable, Sendable {
    /// The configuration cannot be used; nothing was tried.
    case configuration
    /// No connection could be made.
    case connectionFailed
    /// The connection broke, or the server stayed silent past the deadline. A statement that was
    /// sent outside a transaction may or may not have taken effect; a transaction has not.
    case connectionLost
    /// The connection broke while COMMIT was under way: the transaction either has or has not
    /// taken effect, and only the data can tell.
    case outcomeUnknown
    /// Every connection of the pool stayed in use for as long as a caller may wait.
    case poolExhausted
    /// The server ended the statement because it ran longer than allowed.
    case timeout
    /// The task was cancelled, and the statement with it.
    case cancelled
    /// The connection, transaction or pool was closed before the call.
    case closed
    /// A statement of the transaction had failed, so the server rolled all of it back although the
    /// body returned normally.
    case transactionAborted
    /// The server refused the statement.
    case server(sqlState: String)
    /// A value cannot be sent; nothing was sent.
    case encoding
    /// A value that was received cannot be represented in the requested type.
    case decoding
    /// The server or the caller did something that the protocol does not allow.
    case protocolViolation
  }

  /// The kind of failure.
  package let code: Code
  /// The server's five-character SQLSTATE, when the server gave one.
  package let sqlState: String?
  /// What happened, in words for an operator.
  package let message: String
  /// The violated constraint, when there is one.
  package let constraint: String?
  /// The table concerned, when the server names one.
  package let table: String?

  /// An error with the given parts.
  package init(
    _ code: Code, _ message: String, sqlState: String? = nil, constraint: String? = nil,
    table: String? = nil
  ) {
    self.code = code
    self.message = message
    self.sqlState = sqlState
    self.constraint = constraint
    self.table = table
  }

  /// Whether trying the same again later can help. False for `outcomeUnknown`: look at the data
  /// first, because the work may already be done.
  package var isRetryable: Bool {
    switch code {
    case .connectionFailed, .connectionLost, .poolExhausted, .timeout: return true
    case .server(let sqlState):
      // Serialization and deadlock (40), resources (53), connection (08), shutdown (57P),
      // a lock not available in time, a statement cancelled by an operator.
      let states = ["40", "53", "08", "57P", "55P03", "57014", "25P03"]
      return states.contains { sqlState.hasPrefix($0) }
    case .configuration, .outcomeUnknown, .cancelled, .closed, .transactionAborted, .encoding,
      .decoding, .protocolViolation:
      return false
    }
  }

  /// Whether a UNIQUE constraint, of the given name if one is given, refused the statement.
  package func isUniqueViolation(of constraint: String? = nil) -> Bool {
    sqlState == "23505" && (constraint == nil || constraint == self.constraint)
  }

  /// The same failure under another code.
  func with(code: Code) -> PostgresError {
    PostgresError(code, message, sqlState: sqlState, constraint: constraint, table: table)
  }

  /// One line: the kind, the SQLSTATE, the words, and the names of table and constraint.
  package var description: String {
    let name =
      if case .server = code { "server" } else { String(describing: code) }
    var parts = ["postgres \(name)\(sqlState.map { " \($0)" } ?? ""): \(message)"]
    if let table { parts.append("table \(table)") }
    if let constraint { parts.append("constraint \(constraint)") }
    return parts.joined(separator: ", ")
  }
}
