/// How much of other transactions' work a transaction sees.
package enum IsolationLevel: String, Sendable {
  /// Each statement sees what was committed before it began.
  case readCommitted = "READ COMMITTED"
  /// Every statement sees what was committed before the first one.
  case repeatableRead = "REPEATABLE READ"
  /// As if transactions ran one after the other. Be ready to try again (`isRetryable`).
  case serializable = "SERIALIZABLE"
}

/// An open transaction, lent to the body that runs in it. Kept beyond that it throws `closed`.
package struct Transaction: PostgresSession {
  /// Where the transaction is open.
  let connection: Connection
  /// Which of the connection's transactions this is.
  let number: Int

  /// Runs a query in the transaction and reads its rows.
  package func rows<T: Sendable>(
    _ query: Query, at site: CallSite, _ decode: @Sendable (borrowing Row) throws -> T
  ) async throws -> [T] {
    try await connection.run(query, in: number) { result in try result.map(decode) }
  }

  /// Runs a statement in the transaction. Returns how many rows it changed.
  @discardableResult
  package func execute(_ query: Query, at site: CallSite) async throws -> Int {
    try await connection.run(query, in: number) { $0.affectedRows }
  }

  /// Runs the statements of a text one after the other, without values. `timeout` bounds the
  /// client's wait for all of it.
  package func script(_ text: String, timeout: Duration? = nil) async throws {
    try await connection.script(text, timeout: timeout, in: number)
  }
}
