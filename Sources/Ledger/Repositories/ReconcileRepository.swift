package import Domain
package import Postgres

/// When each store was compared with the ledger, and which process does it now.
package struct ReconcileRepository: Sendable {
  /// A run that a process may begin.
  package struct Turn: Sendable {
    /// Which run this is.
    package let epoch: Int
  }

  let session: any PostgresSession

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
      INSERT INTO reconcile_runs AS run (store_id, last_run_at, epoch, lease_until)
      VALUES (
        \(store.value), now(), 1, now() + \(lease.milliseconds) * interval '1 millisecond')
      ON CONFLICT (store_id) DO UPDATE
      SET last_run_at = now(), epoch = run.epoch + 1, lease_until = excluded.lease_until
      WHERE CASE
        WHEN run.lease_until IS NOT NULL THEN run.lease_until < now()
        ELSE run.last_run_at <= now() - interval '1 millisecond'
          * CASE WHEN run.last_error IS NULL THEN \(interval.milliseconds)
            ELSE \(retry.milliseconds) END
        END
      RETURNING epoch
      """
    ) { row in Turn(epoch: try row.decode("epoch", as: Int.self)) }
  }

  /// Holds the run for another `lease`. Returns false when another process has taken over.
  /// - Throws: `PostgresError`.
  package func extend(store: StoreID, _ turn: Turn, lease: Duration) async throws -> Bool {
    try await session.execute(
      """
      UPDATE reconcile_runs
      SET lease_until = now() + \(lease.milliseconds) * interval '1 millisecond'
      WHERE store_id = \(store.value) AND epoch = \(turn.epoch)
      """) == 1
  }

  /// Ends a run with what it came to.
  /// - Throws: `PostgresError`.
  package func finish(
    store: StoreID, _ turn: Turn, _ reconciliation: Reconciliation
  ) async throws {
    try await session.execute(
      """
      UPDATE reconcile_runs SET lease_until = NULL, last_error = NULL, finished_at = now(),
        differences = \(reconciliation.remainingCount), repaired = \(reconciliation.repaired),
        summary = \(reconciliation.summary)
      WHERE store_id = \(store.value) AND epoch = \(turn.epoch)
      """)
  }

  /// Ends a run with the error that stopped it.
  /// - Throws: `PostgresError`.
  package func giveUp(store: StoreID, _ turn: Turn, error: String) async throws {
    try await session.execute(
      """
      UPDATE reconcile_runs SET lease_until = NULL, last_error = \(error)
      WHERE store_id = \(store.value) AND epoch = \(turn.epoch)
      """)
  }

  /// Whether any reward is, or shall be, of this kind.
  /// - Throws: `PostgresError`.
  package func hasRewards(store: StoreID, kind: RewardKind) async throws -> Bool {
    try await session.first(
      """
      SELECT EXISTS (
        SELECT FROM rewards WHERE store_id = \(store.value) AND type = \(kind.rawValue)
      ) AS has_some
      """
    ) { row in try row.decode("has_some", as: Bool.self) } ?? false
  }
}
