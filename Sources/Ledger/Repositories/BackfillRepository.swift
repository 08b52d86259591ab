package import Domain
package import Postgres

/// How far a run through the store's customers has come, so that a later one goes on from there.
package struct BackfillRepository: Sendable {
  /// The place of an unfinished run.
  package struct Progress: Sendable, Equatable {
    /// The store's cursor of the last customer that was looked at.
    package let cursor: String
    /// How many customers were looked at so far.
    package let seen: Int

    /// Puts a place together.
    package init(cursor: String, seen: Int) {
      self.cursor = cursor
      self.seen = seen
    }
  }

  private let session: any PostgresSession

  /// Works on `session`.
  package init(_ session: any PostgresSession) {
    self.session = session
  }

  /// Where the unfinished run stands; `nil` when there is none.
  /// - Throws: `PostgresError`.
  package func find(store: StoreID) async throws -> Progress? {
    try await session.first(
      "SELECT cursor, seen FROM code_backfills WHERE store_id = \(store.value)"
    ) { row in
      Progress(
        cursor: try row.decode("cursor", as: String.self),
        seen: try row.decode("seen", as: Int.self))
    }
  }

  /// Writes down where a run stands.
  /// - Throws: `PostgresError`.
  package func save(store: StoreID, _ progress: Progress) async throws {
    try await session.execute(
      """
      INSERT INTO code_backfills (store_id, cursor, seen)
      VALUES (\(store.value), \(progress.cursor), \(progress.seen))
      ON CONFLICT (store_id) DO UPDATE
      SET cursor = excluded.cursor, seen = excluded.seen, updated_at = now()
      """)
  }

  /// Forgets the unfinished run: the next one starts with the first customer.
  /// - Throws: `PostgresError`.
  package func clear(store: StoreID) async throws {
    try await session.execute("DELETE FROM code_backfills WHERE store_id = \(store.value)")
  }
}
