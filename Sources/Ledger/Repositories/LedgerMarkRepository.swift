package import Domain
package import FoundationEssentials
package import Postgres

/// Whose the App is at each store as this ledger has it, and whether it was put back to an older
/// state.
package struct LedgerMarkRepository: Sendable {
  /// The ledger's standing at a store.
  package struct Standing: Sendable, Equatable {
    /// What is judged.
    package let ledger: LedgerVerdict.Ledger
    /// By the store's clock: of orders up to then a life that is lost may have told the store; `nil`
    /// for a ledger that was never put back.
    package let restoredAt: Date?
    /// How long ago the position was raised last, by the database's clock; in seconds.
    package let secondsSinceRaise: Int
    /// Whether the store has ever had marks of this ledger.
    package let isMarked: Bool
    /// Why nothing is issued now; `nil` when it is.
    package let stoppedReason: String?
  }

  /// How many rows of a table one statement takes.
  private static let batch = 5000

  private let session: any PostgresSession

  /// Works on `session`.
  package init(_ session: any PostgresSession) {
    self.session = session
  }

  /// How the ledger stands at a store; `nil` before the first time.
  /// - Throws: `PostgresError`.
  package func find(store: StoreID) async throws -> Standing? {
    try await session.first(
      """
      SELECT installation_id, code_key_id, generation, position, restoring_since IS NOT NULL
        AS is_restoring, takes_over, is_superseded, restored_at, marked_at IS NOT NULL AS is_marked,
        extract(epoch FROM now() - raised_at)::bigint AS seconds_since_raise, stopped_reason
      FROM ledger_marks WHERE store_id = \(store.value)
      """
    ) { row in
      Standing(
        ledger: LedgerVerdict.Ledger(
          marks: LedgerMarks(
            installation: try row.decode("installation_id", as: UUID.self).uuidString.lowercased(),
            key: try row.decode("code_key_id", as: String.self),
            generation: try row.decode("generation", as: Int.self),
            position: try row.decode("position", as: Int.self)),
          isRestoring: try row.decode("is_restoring", as: Bool.self),
          takesOver: try row.decode("takes_over", as: Bool.self),
          isSuperseded: try row.decode("is_superseded", as: Bool.self)),
        restoredAt: try row.decode("restored_at", as: Date?.self),
        secondsSinceRaise: try row.decode("seconds_since_raise", as: Int.self),
        isMarked: try row.decode("is_marked", as: Bool.self),
        stoppedReason: try row.decode("stopped_reason", as: String?.self))
    }
  }

  /// How the ledger stands at a store. The first time it gets `installation` as its id.
  /// - Throws: `PostgresError`, `LedgerError`.
  package func open(
    store: StoreID, installation: UUID, key: String
  ) async throws -> Standing {
    if let standing = try await find(store: store) { return standing }
    try await session.execute(
      """
      INSERT INTO ledger_marks (store_id, installation_id, code_key_id)
      VALUES (\(store.value), \(installation), \(key)) ON CONFLICT DO NOTHING
      """)
    guard let standing = try await find(store: store) else {
      throw LedgerError.rowMissing("ledger_marks")
    }
    return standing
  }

  /// Raises the position, and gives the marks that may be written at the store then; `nil` when the
  /// ledger is not as `known` any more.
  /// - Throws: `PostgresError`.
  package func raise(
    store: StoreID, known: LedgerMarks, key: String
  ) async throws -> LedgerMarks? {
    let position = try await session.first(
      """
      UPDATE ledger_marks SET position = position + 1, code_key_id = \(key), raised_at = now(),
        stopped_reason = NULL
      WHERE store_id = \(store.value) AND generation = \(known.generation)
        AND position >= \(known.position) AND restoring_since IS NULL AND NOT is_superseded
        AND NOT takes_over
      RETURNING position
      """
    ) { row in try row.decode("position", as: Int.self) }
    return position.map {
      LedgerMarks(
        installation: known.installation, key: key, generation: known.generation, position: $0)
    }
  }

  /// Notes that the store has marks of this ledger.
  /// - Throws: `PostgresError`.
  package func noteMarked(store: StoreID) async throws {
    try await session.execute(
      """
      UPDATE ledger_marks SET marked_at = now()
      WHERE store_id = \(store.value) AND marked_at IS NULL
      """)
  }

  /// Notes why nothing is issued now. What a copy of this ledger has taken over stays so.
  /// - Throws: `PostgresError`.
  package func stop(
    store: StoreID, known: LedgerMarks, reason: String, isSuperseded: Bool
  ) async throws {
    try await session.execute(
      """
      UPDATE ledger_marks SET stopped_reason = \(reason),
        is_superseded = is_superseded OR \(isSuperseded)
      WHERE store_id = \(store.value) AND generation = \(known.generation)
        AND position >= \(known.position) AND stopped_reason IS DISTINCT FROM \(reason)
      """)
  }

  // MARK: A ledger that was put back

  /// Notes that the ledger was put back, or takes the App over: its generation is raised above what
  /// both sides know, and above that of every other store, because the epochs of all stores begin
  /// behind the highest. Nothing happens when another process was faster.
  ///
  /// - Parameter restoredAt: up to when orders may have been decided in a life that is lost, by the
  ///   store's clock.
  /// - Throws: `PostgresError`.
  package func beginRestoration(
    store: StoreID, known: LedgerMarks, above other: LedgerMarks?, key: String, restoredAt: Date
  ) async throws {
    try await session.execute(
      """
      UPDATE ledger_marks
      SET generation = greatest((SELECT max(generation) FROM ledger_marks),
          \(other?.generation ?? 0)) + 1,
        position = greatest(position, \(other?.position ?? 0)) + 1, code_key_id = \(key),
        restoring_since = coalesce(restoring_since, now()), restored_at = \(restoredAt),
        is_superseded = false, stopped_reason = NULL
      WHERE store_id = \(store.value) AND generation = \(known.generation)
        AND position = \(known.position)
      """)
  }

  /// Takes up to a batch of rewards into the present generation: the store may know any of them,
  /// and what a worker of a life that is lost holds, it holds no longer. Returns how many these were.
  ///
  /// A pending reward counts as begun: `RewardLife.Event.restored`, which leaves the others alone.
  /// - Throws: `PostgresError`.
  package func renewRewards(store: StoreID) async throws -> Int {
    try await session.execute(
      """
      UPDATE rewards SET epoch = ledger_epoch(), first_attempt_at = CASE WHEN status = 'pending'
        THEN coalesce(first_attempt_at, now()) ELSE first_attempt_at END
      WHERE store_id = \(store.value) AND id IN (
        SELECT id FROM rewards WHERE store_id = \(store.value) AND epoch < (SELECT ledger_epoch())
        LIMIT \(Self.batch))
      """)
  }

  /// Takes up to a batch of referrals into the present generation. Returns how many these were.
  /// - Throws: `PostgresError`.
  package func renewReferrals(store: StoreID) async throws -> Int {
    try await session.execute(
      """
      UPDATE referrals SET epoch = ledger_epoch()
      WHERE store_id = \(store.value) AND id IN (
        SELECT id FROM referrals WHERE store_id = \(store.value) AND epoch < (SELECT ledger_epoch())
        LIMIT \(Self.batch))
      """)
  }

  /// Takes the poll into the present generation: a run that began in a life that is lost moves the
  /// mark no more.
  /// - Throws: `PostgresError`.
  package func renewPoll(store: StoreID) async throws {
    try await session.execute(
      """
      UPDATE poll_marks SET epoch = ledger_epoch(), lease_until = NULL
      WHERE store_id = \(store.value) AND epoch < (SELECT ledger_epoch())
      """)
  }

  /// Ends what `beginRestoration` began, unless the ledger was put back again meanwhile.
  /// - Throws: `PostgresError`.
  package func finishRestoration(store: StoreID, known: LedgerMarks) async throws {
    try await session.execute(
      """
      UPDATE ledger_marks SET restoring_since = NULL, takes_over = false
      WHERE store_id = \(store.value) AND generation = \(known.generation)
        AND position >= \(known.position)
      """)
  }

  /// Notes that the database was just filled from a backup, for every store. Returns how many there
  /// are.
  /// - Throws: `PostgresError`.
  package func noteRestored() async throws -> Int {
    try await session.execute(
      """
      UPDATE ledger_marks SET generation = (SELECT max(generation) FROM ledger_marks) + 1,
        restoring_since = coalesce(restoring_since, now()), restored_at = NULL
      """)
  }

  /// Has this ledger take the App over, whatever the store says. Returns false when it has not been
  /// used with this store yet.
  /// - Throws: `PostgresError`.
  package func takeOver(store: StoreID) async throws -> Bool {
    try await session.execute(
      "UPDATE ledger_marks SET takes_over = true WHERE store_id = \(store.value)") == 1
  }
}
