package import Domain
package import FoundationEssentials
package import Postgres

/// How far each store's orders have been read, and which process reads them now.
///
/// Only one process should read at a time, to spare the store. Nothing breaks when two do: what they
/// find is written under the same keys, and only the one that reads by right moves the mark.
package struct PollRepository: Sendable {
  /// A run that a process may begin.
  package struct Turn: Sendable {
    /// What changed at the store before this instant, by the store's clock, is in the inbox; `nil`
    /// before the first run.
    package let mark: Date?
    /// How long ago the store was connected to this ledger, by the database's clock; in seconds.
    package let connectedSeconds: Int
    /// Which run this is.
    package let epoch: Int
  }

  private let session: any PostgresSession

  /// Works on `session`.
  package init(_ session: any PostgresSession) {
    self.session = session
  }

  /// Claims a run for `lease`; `nil` when another process is at it, or when none is due.
  ///
  /// A run is due when the last one began `interval` ago, or failed and began `retry` ago, or never
  /// came to its end.
  /// - Throws: `PostgresError`.
  package func claim(
    store: StoreID, interval: Duration, retry: Duration, lease: Duration
  ) async throws -> Turn? {
    try await session.first(
      """
      INSERT INTO poll_marks AS poll (store_id, last_run_at, epoch, lease_until)
      VALUES (
        \(store.value), now(), 1, now() + \(lease.milliseconds) * interval '1 millisecond')
      ON CONFLICT (store_id) DO UPDATE
      SET last_run_at = now(), epoch = poll.epoch + 1, lease_until = excluded.lease_until
      WHERE CASE
        WHEN poll.lease_until IS NOT NULL THEN poll.lease_until < now()
        ELSE poll.last_run_at <= now() - interval '1 millisecond'
          * CASE WHEN poll.last_error IS NULL THEN \(interval.milliseconds)
            ELSE \(retry.milliseconds) END
        END
      RETURNING mark, epoch, (
        SELECT extract(epoch FROM now() - created_at)::bigint FROM stores
        WHERE id = poll.store_id
      ) AS connected_seconds
      """
    ) { row in
      Turn(
        mark: try row.decode("mark", as: Date?.self),
        connectedSeconds: try row.decode("connected_seconds", as: Int.self),
        epoch: try row.decode("epoch", as: Int.self))
    }
  }

  /// Moves the mark forward to `mark`, never back, and holds the run for another `lease`. Gives the
  /// run as it goes on; `nil` when the run no longer holds.
  ///
  /// That is so when another process has taken over, and when the mark is not where this run left
  /// it: then the ledger was put back to an older state, which does not have what was read up to
  /// here.
  /// - Throws: `PostgresError`.
  package func advance(
    store: StoreID, _ turn: Turn, to mark: Date, lease: Duration
  ) async throws -> Turn? {
    try await session.first(
      """
      UPDATE poll_marks SET mark = greatest(mark, \(mark)),
        lease_until = now() + \(lease.milliseconds) * interval '1 millisecond'
      WHERE store_id = \(store.value) AND epoch = \(turn.epoch)
        AND mark IS NOT DISTINCT FROM \(turn.mark)
      RETURNING mark
      """
    ) { row in
      Turn(
        mark: try row.decode("mark", as: Date?.self), connectedSeconds: turn.connectedSeconds,
        epoch: turn.epoch)
    }
  }

  /// Ends a run, with the error that stopped it.
  /// - Throws: `PostgresError`.
  package func finish(store: StoreID, _ turn: Turn, error: String?) async throws {
    try await session.execute(
      """
      UPDATE poll_marks SET lease_until = NULL, last_error = \(error)
      WHERE store_id = \(store.value) AND epoch = \(turn.epoch)
      """)
  }
}
