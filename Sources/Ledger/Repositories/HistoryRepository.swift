package import Domain
package import Postgres

/// How far each store's past orders have been read, and which process reads them now.
package struct HistoryRepository: Sendable {
  /// A run that a process may begin.
  package struct Turn: Sendable {
    /// The store's cursor behind the last order that was read; `nil` before the first page.
    package let cursor: String?
    /// How many orders have been read.
    package let seen: Int
    /// How many orders the store had when the reading began; `nil` before the first page.
    package let total: Int?
    /// How many runs have failed since the last page.
    package let failures: Int
    /// Which run this is.
    package let epoch: Int
  }

  /// One page that has been read.
  package struct Page: Sendable {
    /// How many orders it has.
    package let count: Int
    /// The store's cursor behind it; `nil` when it is the last one.
    package let next: String?
    /// How many orders the store had when the reading began.
    package let total: Int

    /// Puts a page together.
    package init(count: Int, next: String?, total: Int) {
      self.count = count
      self.next = next
      self.total = total
    }
  }

  /// How far the reading of a store's past orders has come.
  package struct Progress: Sendable, Equatable {
    /// How many orders have been read.
    package let seen: Int
    /// How many orders the store had when the reading began; `nil` while it does not tell.
    package let total: Int?
    /// Whether all of them have been read.
    package let isComplete: Bool
    /// What stopped the last run; `nil` when it was not stopped.
    package let lastError: String?

    /// Puts it together.
    package init(seen: Int, total: Int?, isComplete: Bool, lastError: String?) {
      self.seen = seen
      self.total = total
      self.isComplete = isComplete
      self.lastError = lastError
    }

    /// How far both are, as one.
    static func together(_ one: Progress?, _ other: Progress) -> Progress {
      guard let one else { return other }
      return Progress(
        seen: one.seen + other.seen, total: one.total.map { $0 + (other.total ?? 0) },
        isComplete: one.isComplete && other.isComplete,
        lastError: one.lastError ?? other.lastError)
    }
  }

  private let session: any PostgresSession

  /// Works on `session`.
  package init(_ session: any PostgresSession) {
    self.session = session
  }

  /// Claims a run for `lease`; `nil` when everything has been read, when another process is at it,
  /// or when the last run failed and the next is not due yet.
  /// - Throws: `PostgresError`.
  package func claim(store: StoreID, lease: Duration) async throws -> Turn? {
    try await session.first(
      """
      INSERT INTO history_marks AS history (store_id, epoch, lease_until)
      VALUES (\(store.value), 1, now() + \(lease.milliseconds) * interval '1 millisecond')
      ON CONFLICT (store_id) DO UPDATE
      SET epoch = history.epoch + 1, lease_until = excluded.lease_until
      WHERE history.finished_at IS NULL AND history.next_run_at <= now()
        AND (history.lease_until IS NULL OR history.lease_until < now())
      RETURNING cursor, seen, total, failures, epoch
      """
    ) { row in
      Turn(
        cursor: try row.decode("cursor", as: String?.self),
        seen: try row.decode("seen", as: Int.self),
        total: try row.decode("total", as: Int?.self),
        failures: try row.decode("failures", as: Int.self),
        epoch: try row.decode("epoch", as: Int.self))
    }
  }

  /// Moves on behind `page` and holds the run for another `lease`; the last page ends the reading
  /// for good. Returns false when another process has taken over: then nothing is moved.
  /// - Throws: `PostgresError`.
  package func advance(
    store: StoreID, _ turn: Turn, behind page: Page, lease: Duration
  ) async throws -> Bool {
    try await session.execute(
      """
      UPDATE history_marks SET cursor = coalesce(\(page.next), cursor),
        seen = seen + \(page.count), total = \(page.total), failures = 0, last_error = NULL,
        finished_at = CASE WHEN \(page.next == nil) THEN now() END,
        lease_until = now() + \(lease.milliseconds) * interval '1 millisecond'
      WHERE store_id = \(store.value) AND epoch = \(turn.epoch) AND finished_at IS NULL
      """) == 1
  }

  /// Ends a run before the last page, with the error that stopped it; the next begins after `delay`
  /// at the earliest, with the first order of all when `startsOver`.
  /// - Throws: `PostgresError`.
  package func putBack(
    store: StoreID, _ turn: Turn, error: String?, after delay: Duration, startsOver: Bool = false
  ) async throws {
    try await session.execute(
      """
      UPDATE history_marks SET lease_until = NULL, last_error = \(error),
        failures = CASE WHEN \(error == nil) THEN 0 ELSE failures + 1 END,
        next_run_at = now() + \(delay.milliseconds) * interval '1 millisecond',
        cursor = CASE WHEN \(startsOver) THEN NULL ELSE cursor END,
        seen = CASE WHEN \(startsOver) THEN 0 ELSE seen END
      WHERE store_id = \(store.value) AND epoch = \(turn.epoch) AND finished_at IS NULL
      """)
  }

  /// How far the reading has come; `nil` before it has begun.
  /// - Throws: `PostgresError`.
  package func progress(store: StoreID) async throws -> Progress? {
    try await session.first(
      """
      SELECT seen, total, finished_at IS NOT NULL AS is_complete, last_error FROM history_marks
      WHERE store_id = \(store.value)
      """
    ) { row in
      Progress(
        seen: try row.decode("seen", as: Int.self), total: try row.decode("total", as: Int?.self),
        isComplete: try row.decode("is_complete", as: Bool.self),
        lastError: try row.decode("last_error", as: String?.self))
    }
  }
}
