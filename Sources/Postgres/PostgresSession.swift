/// What statements can be sent to: a connection, a transaction, or a pool, which leases a
/// connection for each statement.
///
/// Every call throws `PostgresError`, or what `decode` throws. A cancelled task has its statement
/// cancelled at the server and gets the code `cancelled`; the session stays usable.
package protocol PostgresSession: Sendable {
  /// Runs a query and reads all its rows, in memory. A row is valid only inside `decode`, which
  /// runs on the connection's thread and should only read. `site` names the commit, when the
  /// query is one by itself.
  func rows<T: Sendable>(
    _ query: Query, at site: CallSite, _ decode: @Sendable (borrowing Row) throws -> T
  ) async throws -> [T]

  /// Runs a statement. Returns how many rows it changed.
  @discardableResult func execute(_ query: Query, at site: CallSite) async throws -> Int
}

extension PostgresSession {
  /// Runs a query and reads all its rows; see the requirement. The caller names the commit.
  package func rows<T: Sendable>(
    _ query: Query, file: StaticString = #fileID, function: StaticString = #function,
    _ decode: @Sendable (borrowing Row) throws -> T
  ) async throws -> [T] {
    try await rows(query, at: CallSite(file: file, function: function), decode)
  }

  /// Runs a query and returns its first row, or nil when there is none.
  package func first<T: Sendable>(
    _ query: Query, file: StaticString = #fileID, function: StaticString = #function,
    _ decode: @Sendable (borrowing Row) throws -> T
  ) async throws -> T? {
    try await rows(query, at: CallSite(file: file, function: function), decode).first
  }

  /// Runs a statement. Returns how many rows it changed. The caller names the commit.
  @discardableResult
  package func execute(
    _ query: Query, file: StaticString = #fileID, function: StaticString = #function
  ) async throws -> Int {
    try await execute(query, at: CallSite(file: file, function: function))
  }
}
