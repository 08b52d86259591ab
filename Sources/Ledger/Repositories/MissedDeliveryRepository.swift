package import Domain
package import Postgres

/// How far each store's failed deliveries have been read, webhook by webhook, and which process
/// reads them now.
///
/// Only one process should read at a time, to spare the store. Nothing breaks when two do: what
/// they find is written under the same keys.
package struct MissedDeliveryRepository: Sendable {
  /// A run that a process may begin.
  package struct Turn: Sendable {
    /// How long ago the store was connected to this ledger, by the database's clock; in seconds.
    package let connectedSeconds: Int
    /// Whether the store refused to show the deliveries the last time.
    package let wasRefused: Bool
    /// Which run this is.
    package let epoch: Int
  }

  /// When the next run is due, counted from the beginning of the last one.
  package struct Schedule: Sendable {
    /// After a run that came to its end.
    package let interval: Duration
    /// After one that failed.
    package let retry: Duration
    /// After one that the store refused.
    package let refusedRetry: Duration

    /// Puts a schedule together.
    package init(interval: Duration, retry: Duration, refusedRetry: Duration) {
      self.interval = interval
      self.retry = retry
      self.refusedRetry = refusedRetry
    }
  }

  private let session: any PostgresSession

  /// Works on `session`.
  package init(_ session: any PostgresSession) {
    self.session = session
  }

  /// Claims a run for `lease`; `nil` when another process is at it, or when none is due. A run that
  /// never came to its end is taken up when its lease is out.
  /// - Throws: `PostgresError`.
  package func claim(
    store: StoreID, _ schedule: Schedule, lease: Duration
  ) async throws -> Turn? {
    try await session.first(
      """
      INSERT INTO missed_delivery_marks AS mark (store_id, last_run_at, epoch, lease_until)
      VALUES (
        \(store.value), now(), 1, now() + \(lease.milliseconds) * interval '1 millisecond')
      ON CONFLICT (store_id) DO UPDATE
      SET last_run_at = now(), epoch = mark.epoch + 1, lease_until = excluded.lease_until
      WHERE CASE
        WHEN mark.lease_until IS NOT NULL THEN mark.lease_until < now()
        ELSE mark.last_run_at <= now() - interval '1 millisecond'
          * CASE WHEN mark.last_error IS NULL THEN \(schedule.interval.milliseconds)
            WHEN mark.is_refused THEN \(schedule.refusedRetry.milliseconds)
            ELSE \(schedule.retry.milliseconds) END
        END
      RETURNING epoch, is_refused, (
        SELECT extract(epoch FROM now() - created_at)::bigint FROM stores
        WHERE id = mark.store_id
      ) AS connected_seconds
      """
    ) { row in
      Turn(
        connectedSeconds: try row.decode("connected_seconds", as: Int.self),
        wasRefused: try row.decode("is_refused", as: Bool.self),
        epoch: try row.decode("epoch", as: Int.self))
    }
  }

  /// The store's cursor before which no delivery to the webhook can still fail; `nil` before the
  /// first page.
  /// - Throws: `PostgresError`.
  package func cursor(store: StoreID, webhook: String) async throws -> String? {
    try await session.first(
      """
      SELECT cursor FROM missed_delivery_cursors
      WHERE store_id = \(store.value) AND webhook_id = \(webhook)
      """
    ) { row in try row.decode("cursor", as: String.self) }
  }

  /// Holds the run for another `lease`, and keeps `cursor` for a webhook unless it is `nil`.
  /// Returns false when another process has taken over: then nothing is kept. To be called within a
  /// transaction.
  /// - Throws: `PostgresError`.
  package func advance(
    store: StoreID, _ turn: Turn, webhook: String, to cursor: String?, lease: Duration
  ) async throws -> Bool {
    let holds =
      try await session.execute(
        """
        UPDATE missed_delivery_marks
        SET lease_until = now() + \(lease.milliseconds) * interval '1 millisecond'
        WHERE store_id = \(store.value) AND epoch = \(turn.epoch)
        """) == 1
    if holds, let cursor {
      try await session.execute(
        """
        INSERT INTO missed_delivery_cursors (store_id, webhook_id, cursor)
        VALUES (\(store.value), \(webhook), \(cursor))
        ON CONFLICT (store_id, webhook_id) DO UPDATE SET cursor = excluded.cursor
        """)
    }
    return holds
  }

  /// Ends a run, with the error that stopped it, and whether that was the store's refusal. Of the
  /// webhook `forgetting` the next run begins with the oldest delivery again.
  /// - Throws: `PostgresError`.
  package func finish(
    store: StoreID, _ turn: Turn, error: String?, isRefused: Bool = false,
    forgetting webhook: String? = nil
  ) async throws {
    try await session.execute(
      """
      WITH forgotten AS (
        DELETE FROM missed_delivery_cursors
        WHERE store_id = \(store.value) AND webhook_id = \(webhook)
      )
      UPDATE missed_delivery_marks
      SET lease_until = NULL, last_error = \(error), is_refused = \(isRefused)
      WHERE store_id = \(store.value) AND epoch = \(turn.epoch)
      """)
  }
}
