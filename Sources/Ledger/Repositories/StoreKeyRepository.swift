package import Domain
package import Postgres

/// The key sets that stores have published, shared by all processes.
package struct StoreKeyRepository: Sendable {
  /// What is known of one store's keys. All ages are by the database's clock.
  package struct Standing: Sendable, Equatable {
    /// The key set of the last successful fetch; `nil` before the first.
    package let document: [UInt8]?
    /// The key sets before that one, the newest first.
    package let replaced: [Replaced]
    /// How long ago the last fetch began, successful or not.
    package let sinceFetch: Duration
  }

  /// A key set that another took the place of.
  package struct Replaced: Sendable, Equatable {
    /// The key set.
    package let document: [UInt8]
    /// How long ago it was replaced.
    package let age: Duration
  }

  private let session: any PostgresSession

  /// Works on `session`.
  package init(_ session: any PostgresSession) {
    self.session = session
  }

  /// What is known, with at most 10 replaced key sets; `nil` before the first fetch began.
  /// - Throws: `PostgresError`.
  package func find(store: StoreID) async throws -> Standing? {
    let current = try await session.first(
      """
      SELECT document, extract(epoch FROM now() - tried_at)::bigint AS since_fetch
      FROM store_keys WHERE store_id = \(store.value)
      """
    ) { row in
      (
        document: try row.decode("document", as: [UInt8]?.self),
        sinceFetch: Duration.seconds(try row.decode("since_fetch", as: Int.self))
      )
    }
    guard let current else { return nil }
    let replaced = try await session.rows(
      """
      SELECT document, extract(epoch FROM now() - replaced_at)::bigint AS age
      FROM replaced_store_keys WHERE store_id = \(store.value)
      ORDER BY replaced_at DESC LIMIT 10
      """
    ) { row in
      Replaced(
        document: try row.decode("document", as: [UInt8].self),
        age: .seconds(try row.decode("age", as: Int.self)))
    }
    return Standing(
      document: current.document, replaced: replaced, sinceFetch: current.sinceFetch)
  }

  /// Whether the caller may fetch now. Of all processes that ask, one may each `interval`; a time
  /// far in the future comes of a clock that was set back, and holds nobody up.
  /// - Throws: `PostgresError`.
  package func claimFetch(store: StoreID, interval: Duration) async throws -> Bool {
    try await session.execute(
      """
      INSERT INTO store_keys (store_id, tried_at) VALUES (\(store.value), now())
      ON CONFLICT (store_id) DO UPDATE SET tried_at = now()
      WHERE store_keys.tried_at <= now() - \(interval.milliseconds) * interval '1 millisecond'
        OR store_keys.tried_at > now() + \(interval.milliseconds) * interval '1 millisecond'
      """) == 1
  }

  /// Keeps what a fetch brought. A key set that differs from the last takes its place, and the last
  /// is kept beside it for `time`. So fetches bound how many are kept.
  /// - Throws: `PostgresError`.
  package func save(
    store: StoreID, document: [UInt8], keepingReplacedFor time: Duration
  ) async throws {
    try await session.execute(
      """
      WITH forgotten AS (
        DELETE FROM replaced_store_keys WHERE store_id = \(store.value)
          AND replaced_at < now() - \(time.milliseconds) * interval '1 millisecond'
      ), replaced AS (
        INSERT INTO replaced_store_keys (store_id, replaced_at, document)
        SELECT store_id, now(), document FROM store_keys
        WHERE store_id = \(store.value) AND document <> \(document)
      )
      UPDATE store_keys SET document = \(document), fetched_at = now(), last_error = NULL
      WHERE store_id = \(store.value)
      """)
  }

  /// Notes why a fetch brought nothing.
  /// - Throws: `PostgresError`.
  package func noteFailure(store: StoreID, error: String) async throws {
    try await session.execute(
      "UPDATE store_keys SET last_error = \(error) WHERE store_id = \(store.value)")
  }
}
