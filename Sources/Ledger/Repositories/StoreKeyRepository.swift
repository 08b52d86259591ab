package import Domain
package import Postgres

/// The key sets that stores have published, shared by all processes.
package struct StoreKeyRepository: Sendable {
  /// What is known of one store's keys. All ages are by the database's clock.
  package struct Standing: Sendable, Equatable {
    /// The key set of the last successful fetch; `nil` before the first.
    package let document: [UInt8]?
    /// The key set before that one; `nil` while there was none.
    package let replaced: [UInt8]?
    /// How long ago `document` took its place.
    package let sinceReplaced: Duration
    /// How long ago the last fetch began, successful or not.
    package let sinceFetch: Duration
  }

  private let session: any PostgresSession

  /// Works on `session`.
  package init(_ session: any PostgresSession) {
    self.session = session
  }

  /// What is known; `nil` before the first fetch began.
  /// - Throws: `PostgresError`.
  package func find(store: StoreID) async throws -> Standing? {
    try await session.first(
      """
      SELECT document, replaced_document,
        coalesce(extract(epoch FROM now() - replaced_at), 0)::bigint AS since_replaced,
        extract(epoch FROM now() - tried_at)::bigint AS since_fetch
      FROM store_keys WHERE store_id = \(store.value)
      """
    ) { row in
      Standing(
        document: try row.decode("document", as: [UInt8]?.self),
        replaced: try row.decode("replaced_document", as: [UInt8]?.self),
        sinceReplaced: .seconds(try row.decode("since_replaced", as: Int.self)),
        sinceFetch: .seconds(try row.decode("since_fetch", as: Int.self)))
    }
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
  /// is kept beside it.
  /// - Throws: `PostgresError`.
  package func save(store: StoreID, document: [UInt8]) async throws {
    try await session.execute(
      """
      UPDATE store_keys SET document = \(document), fetched_at = now(), last_error = NULL,
        replaced_document = CASE WHEN document <> \(document) THEN document
          ELSE replaced_document END,
        replaced_at = CASE WHEN document <> \(document) THEN now() ELSE replaced_at END
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
