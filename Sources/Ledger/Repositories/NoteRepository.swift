package import Domain
package import Postgres

/// The notes for the shop's staff: which are to be written at the store, and what stands there.
package struct NoteRepository: Sendable {
  /// What a note is written at.
  package enum Subject: String, Sendable {
    /// An order that names a code.
    case order
    /// The owner of a code.
    case customer
  }

  /// A note that a worker holds.
  package struct Claim: Sendable {
    /// What it is written at.
    package let subject: Subject
    /// The id of the order or the customer at the store.
    package let objectID: String
    /// What was written last; `nil` when nothing was, or nobody knows.
    package let written: String?
    /// How many attempts have come to an end since the last one that went well, this one included.
    package let attempts: Int
    /// How many changes there had been when the claim was made.
    package let changes: Int
    /// Proof that the claim still holds.
    package let epoch: Int

    /// What tells it from others of the stage.
    package var key: String { "\(subject.rawValue) \(objectID)" }
  }

  /// How many changes are taken up at once.
  package static let batch = 1000
  /// For how long notes are written again when the ledger was put back: staff look at recent orders,
  /// and each of these writings has the store say that the order changed.
  package static let renewal = "30 days"

  let session: any PostgresSession

  /// Works on `session`.
  package init(_ session: any PostgresSession) {
    self.session = session
  }

  /// Takes up to a batch of changes and has their notes written after `delay`, so that what changes
  /// together is told together. Notes that wait already do not wait longer for it. Returns the place of
  /// the first change that was taken; `nil` when there was none.
  /// - Parameter start: the first place to look at.
  /// - Throws: `PostgresError`.
  @discardableResult
  package func collect(
    store: StoreID, from start: Int = 0, after delay: Duration
  ) async throws -> Int? {
    // Two workers take different changes, and write notes in one sequence.
    try await session.first(
      """
      WITH oldest AS MATERIALIZED (
        SELECT id FROM note_changes WHERE store_id = \(store.value) AND id >= \(start)
        ORDER BY id LIMIT \(Self.batch) FOR UPDATE SKIP LOCKED
      ), taken AS (
        DELETE FROM note_changes USING oldest
        WHERE note_changes.store_id = \(store.value) AND note_changes.id = oldest.id
        RETURNING note_changes.id, referral_id, is_about_order, is_about_referrer
      ), changed AS (
        SELECT 'order' AS subject, referrals.order_id AS object_id
        FROM taken JOIN referrals
          ON referrals.store_id = \(store.value) AND referrals.id = taken.referral_id
        WHERE is_about_order
        UNION
        -- Looked up one by one, however large a batch seems to be beside the codes.
        SELECT 'customer', (
            SELECT referrer_user_id FROM referral_codes
            WHERE store_id = \(store.value) AND code = referrals.ref_code)
        FROM taken JOIN referrals
          ON referrals.store_id = \(store.value) AND referrals.id = taken.referral_id
        WHERE is_about_referrer
      ), noted AS (
        INSERT INTO notes (store_id, subject, object_id, next_attempt_at)
        SELECT \(store.value), subject, object_id,
          now() + \(delay.milliseconds) * interval '1 millisecond'
        FROM changed WHERE object_id IS NOT NULL ORDER BY subject, object_id COLLATE "C"
        ON CONFLICT (store_id, subject, object_id) DO UPDATE
        SET changes = notes.changes + 1,
          attempts = CASE WHEN notes.next_attempt_at IS NULL THEN 0 ELSE notes.attempts END,
          next_attempt_at = coalesce(notes.next_attempt_at, excluded.next_attempt_at)
      )
      SELECT min(id) AS first FROM taken
      """
    ) { try $0.decode("first", as: Int?.self) } ?? nil
  }

  /// Drops up to a batch of changes that nobody is to be told of. Returns how many these were.
  /// - Throws: `PostgresError`.
  package func discard(store: StoreID) async throws -> Int {
    try await session.execute(
      """
      DELETE FROM note_changes WHERE store_id = \(store.value) AND id IN (
        SELECT id FROM note_changes WHERE store_id = \(store.value)
        ORDER BY id LIMIT \(Self.batch) FOR UPDATE SKIP LOCKED)
      """)
  }

  /// Claims notes that are due, for `lease`. From then on nobody knows what stands at the store, until
  /// the claim is finished: an attempt whose end is not known may have written.
  /// - Throws: `PostgresError`.
  package func claimDue(store: StoreID, limit: Int, lease: Duration) async throws -> [Claim] {
    try await session.rows(
      """
      WITH due AS MATERIALIZED (
        SELECT subject, object_id, written FROM notes
        WHERE store_id = \(store.value) AND next_attempt_at <= now()
          AND (lease_until IS NULL OR lease_until < now())
          AND subject || ' ' || object_id
            <> ALL ((SELECT taken_keys(\(store.value), 'note'))::text[])
        ORDER BY next_attempt_at LIMIT \(limit) FOR UPDATE SKIP LOCKED
      )
      UPDATE notes SET lease_until = now() + \(lease.milliseconds) * interval '1 millisecond',
        epoch = epoch + 1, written = NULL
      FROM due
      WHERE notes.store_id = \(store.value) AND notes.subject = due.subject
        AND notes.object_id = due.object_id
      RETURNING notes.subject, notes.object_id, due.written, attempts + 1 AS attempts, changes,
        epoch
      """
    ) { row in
      guard let subject = Subject(rawValue: try row.decode("subject", as: String.self)) else {
        throw LedgerError.unknownValue("notes.subject")
      }
      return Claim(
        subject: subject, objectID: try row.decode("object_id", as: String.self),
        written: try row.decode("written", as: String?.self),
        attempts: try row.decode("attempts", as: Int.self),
        changes: try row.decode("changes", as: Int.self),
        epoch: try row.decode("epoch", as: Int.self))
    }
  }

  /// Ends a claim: `written` stands at the store, or nothing is to be written there when it is `nil`.
  /// What changed meanwhile is written next, after `delay`.
  /// - Throws: `PostgresError`.
  package func finish(
    store: StoreID, _ claim: Claim, written: String?, after delay: Duration
  ) async throws {
    try await session.execute(
      """
      UPDATE notes SET attempts = 0, last_error = NULL, lease_until = NULL,
        written = \(written),
        written_at = CASE WHEN \(written != claim.written) THEN now() ELSE written_at END,
        next_attempt_at = CASE WHEN changes <> \(claim.changes)
          THEN now() + \(delay.milliseconds) * interval '1 millisecond' END
      WHERE store_id = \(store.value) AND subject = \(claim.subject.rawValue)
        AND object_id = \(claim.objectID) AND epoch = \(claim.epoch)
      """)
  }

  /// Puts a claimed note back for a later attempt.
  /// - Throws: `PostgresError`.
  package func putBack(
    store: StoreID, _ claim: Claim, after delay: Duration, error: String
  ) async throws {
    try await session.execute(
      """
      UPDATE notes SET lease_until = NULL, last_error = \(error), attempts = attempts + 1,
        next_attempt_at = now() + \(delay.milliseconds) * interval '1 millisecond'
      WHERE store_id = \(store.value) AND subject = \(claim.subject.rawValue)
        AND object_id = \(claim.objectID) AND epoch = \(claim.epoch)
      """)
  }

  /// Gives a claimed note up with a reason, until something else changes.
  /// - Throws: `PostgresError`.
  package func giveUp(store: StoreID, _ claim: Claim, error: String) async throws {
    try await session.execute(
      """
      UPDATE notes SET lease_until = NULL, last_error = \(error), attempts = attempts + 1,
        next_attempt_at = CASE WHEN changes <> \(claim.changes) THEN now() END
      WHERE store_id = \(store.value) AND subject = \(claim.subject.rawValue)
        AND object_id = \(claim.objectID) AND epoch = \(claim.epoch)
      """)
  }

  /// Takes up to a batch of notes of the last `renewal` into the present generation of a ledger that
  /// was put back: what the store has may be of a life that is lost, so they are written again.
  /// Returns how many these were.
  /// - Throws: `PostgresError`.
  package func renew(store: StoreID) async throws -> Int {
    try await session.execute(
      """
      UPDATE notes SET epoch = ledger_epoch(), written = NULL, lease_until = NULL,
        next_attempt_at = coalesce(next_attempt_at, now())
      WHERE store_id = \(store.value) AND (subject, object_id) IN (
        SELECT subject, object_id FROM notes
        WHERE store_id = \(store.value) AND epoch < (SELECT ledger_epoch())
          AND (next_attempt_at IS NOT NULL
            OR written_at > now() - \(Self.renewal)::interval)
        LIMIT \(Self.batch))
      """)
  }
}
