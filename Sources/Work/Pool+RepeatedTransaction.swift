import Postgres

extension Pool {
  /// How often a transaction is run at most.
  private static let maximumRuns = 3

  /// Runs `body` in a transaction, and again when the server ended it for the sake of another one: a
  /// deadlock (SQLSTATE 40P01) or a failure to serialize (40001). Nothing of it was written then, and
  /// waiting for the lease to run out would help nobody. `body` must do nothing outside of its
  /// transaction.
  /// - Throws: what `body` throws, `PostgresError`.
  func repeatedTransaction<T>(
    file: StaticString = #fileID, function: StaticString = #function,
    _ body: (Transaction) async throws -> T
  ) async throws -> T {
    for _ in 1..<Self.maximumRuns {
      do {
        return try await transaction(file: file, function: function, body)
      } catch let error as PostgresError where ["40P01", "40001"].contains(error.sqlState) {
        continue
      }
    }
    return try await transaction(file: file, function: function, body)
  }
}
