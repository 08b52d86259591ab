package import Domain
package import FoundationEssentials
package import Postgres

/// Which work is under way in which process, and what died with its process.
///
/// Two rules make a death certain enough to act on. A process is dead when it was not seen for its
/// lease while the database was up: nobody can be seen by a database that is down. And a death is
/// taken back when the process is seen again, so that one that was suspended counts for nothing.
package struct RunRepository: Sendable {
  /// Work that is under way.
  package struct Run: Sendable, Hashable {
    /// The stage that does it.
    package let stage: String
    /// What tells it from the stage's other work.
    package let key: String

    /// The work of `stage` with this key.
    package init(stage: String, key: String) {
      self.stage = stage
      self.key = key
    }
  }

  /// How a run may go on.
  package enum Manner: Sendable, Equatable {
    /// Beside other work.
    case together
    /// Only while nothing else is under way in the process: the last one to run it died.
    case alone
  }

  /// What a death left behind.
  package struct Remains: Sendable, Equatable {
    /// The stage of the work that was under way.
    package let stage: String
    /// Its key.
    package let key: String
    /// How many processes died in a row while it ran alone in them.
    package let loneDeaths: Int
  }

  let session: any PostgresSession

  /// Works on `session`.
  package init(_ session: any PostgresSession) {
    self.session = session
  }

  /// Notes that work is under way in `worker`; gives the keys that nobody else has, and how they may
  /// run.
  /// - Throws: `PostgresError`.
  package func begin(
    store: StoreID, stage: String, keys: [String], worker: UUID, lease: Duration
  ) async throws -> [String: Manner] {
    let begun = try await session.rows(
      """
      WITH known AS (
        INSERT INTO workers (store_id, id, lease)
        VALUES (\(store.value), \(worker), \(lease.milliseconds) * interval '1 millisecond')
        ON CONFLICT (store_id, id) DO NOTHING
      )
      INSERT INTO runs (store_id, stage, key, worker_id)
      SELECT \(store.value), \(stage), key, \(worker)
      FROM unnest(\(keys)) AS begun (key) ORDER BY key
      ON CONFLICT (store_id, stage, key) DO UPDATE SET worker_id = \(worker), since = now()
      WHERE runs.worker_id IS NULL AND runs.quarantined_at IS NULL
      RETURNING key, is_suspect
      """
    ) { row in
      let key = try row.decode("key", as: String.self)
      return (key, try row.decode("is_suspect", as: Bool.self) ? Manner.alone : .together)
    }
    return Dictionary(begun) { first, _ in first }
  }

  /// Notes that from now on nothing else is under way in `worker`. Returns false when the run was
  /// taken from it.
  /// - Throws: `PostgresError`.
  package func markAlone(
    store: StoreID, stage: String, key: String, worker: UUID
  ) async throws -> Bool {
    try await session.execute(
      """
      UPDATE runs SET is_alone = true
      WHERE store_id = \(store.value) AND stage = \(stage) AND key = \(key)
        AND worker_id = \(worker)
      """) == 1
  }

  /// Notes that runs came to an end, whatever end it was, and forgets every death of theirs: also
  /// when `worker` was taken for dead in the meantime. Returns how many there were.
  ///
  /// It does not wait for the disk: should the database lose the note in a crash, `tidy` makes up for
  /// it.
  /// - Throws: `PostgresError`.
  package func end(store: StoreID, _ runs: [Run], worker: UUID) async throws -> Int {
    try await session.execute(
      """
      DELETE FROM runs
      USING unnest(\(runs.map(\.stage)), \(runs.map(\.key))) AS ended (stage, key)
      WHERE runs.store_id = \(store.value) AND runs.stage = ended.stage AND runs.key = ended.key
        AND (worker_id = \(worker) OR worker_id IS NULL AND quarantined_at IS NULL)
        AND set_config('synchronous_commit', 'off', true) = 'off'
      """)
  }

  /// Notes that `worker` lives: it is dead when it does not say so again within `lease`. What it was
  /// blamed for while it was not seen is taken back.
  /// - Throws: `PostgresError`.
  package func renew(store: StoreID, worker: UUID, lease: Duration) async throws {
    try await session.execute(
      """
      WITH seen AS (
        INSERT INTO workers (store_id, id, lease)
        VALUES (\(store.value), \(worker), \(lease.milliseconds) * interval '1 millisecond')
        ON CONFLICT (store_id, id) DO UPDATE SET seen_at = now()
      )
      UPDATE runs SET lone_deaths = array_remove(lone_deaths, \(worker))
      WHERE store_id = \(store.value) AND \(worker) = ANY (lone_deaths)
      """)
  }

  /// Gives back every run of `worker` that is none of `kept` and began before this transaction: one
  /// whose end could not be written. What was to run alone and did not stays so.
  /// - Throws: `PostgresError`.
  package func tidy(
    store: StoreID, worker: UUID, keeping kept: [Run]
  ) async throws {
    let (stages, keys) = (kept.map(\.stage), kept.map(\.key))
    try await session.execute(
      """
      UPDATE runs SET worker_id = NULL, since = now()
      WHERE store_id = \(store.value) AND worker_id = \(worker) AND is_suspect AND NOT is_alone
        AND since < now()
        AND (stage, key) NOT IN (SELECT * FROM unnest(\(stages), \(keys)))
      """)
    try await session.execute(
      """
      DELETE FROM runs
      WHERE store_id = \(store.value) AND worker_id = \(worker) AND since < now()
        AND (stage, key) NOT IN (SELECT * FROM unnest(\(stages), \(keys)))
      """)
  }

  /// Notes that `worker` ends in order; `tidy` comes before.
  /// - Throws: `PostgresError`.
  package func leave(store: StoreID, worker: UUID) async throws {
    try await session.execute(
      "DELETE FROM workers WHERE store_id = \(store.value) AND id = \(worker)")
  }

  /// Finds the dead, and has everything that was under way in them run alone next; gives that.
  /// Call it within a transaction, as a worker that has just been seen itself.
  ///
  /// A process that dies alone with a piece of work is that work's fault as long as no process dies
  /// otherwise: then something else kills them, the machine or an operator, and no work is blamed
  /// for what was before.
  /// - Throws: `PostgresError`.
  package func bury(store: StoreID, worker: UUID) async throws -> [Remains] {
    let dead = try await session.rows(
      """
      DELETE FROM workers USING (
        SELECT id FROM workers
        WHERE store_id = \(store.value) AND id <> \(worker)
          AND greatest(seen_at, pg_postmaster_start_time()) + lease < now()
        FOR UPDATE SKIP LOCKED
      ) AS dead
      WHERE workers.store_id = \(store.value) AND workers.id = dead.id
      RETURNING workers.id
      """
    ) { row in try row.decode("id", as: UUID.self) }
    let blamed =
      try await session.first(
        """
        SELECT count(DISTINCT worker_id) AS count FROM runs
        WHERE store_id = \(store.value) AND worker_id = ANY (\(dead)) AND is_alone
        """
      ) { row in try row.decode("count", as: Int.self) } ?? 0
    if dead.count > blamed {
      try await session.execute(
        """
        UPDATE runs SET lone_deaths = '{}'
        WHERE store_id = \(store.value) AND lone_deaths <> '{}' AND quarantined_at IS NULL
        """)
    }
    try await breakUp(store: store, worker: worker)
    // What has lain for a day was done after all: its process died between the work and this note.
    try await session.execute(
      """
      DELETE FROM runs
      WHERE store_id = \(store.value) AND worker_id IS NULL AND quarantined_at IS NULL
        AND since < now() - interval '1 day'
      """)
    return try await session.rows(
      """
      UPDATE runs SET worker_id = NULL, is_suspect = true, is_alone = false, since = now(),
        lone_deaths = CASE WHEN is_alone THEN lone_deaths || worker_id ELSE lone_deaths END
      WHERE store_id = \(store.value) AND worker_id <> \(worker) AND NOT EXISTS (
        SELECT FROM workers WHERE workers.store_id = runs.store_id AND workers.id = runs.worker_id)
      RETURNING stage, key, cardinality(lone_deaths) AS lone_deaths
      """
    ) { row in
      Remains(
        stage: try row.decode("stage", as: String.self),
        key: try row.decode("key", as: String.self),
        loneDeaths: try row.decode("lone_deaths", as: Int.self))
    }
  }
}
