package import Domain
package import FoundationEssentials
package import Postgres

/// Work that ends the process that runs it: out of the queue, until a human has it tried again.
///
/// Its run stays in `runs` as the record, and keeps every worker off it even when an event makes it
/// due. In its own table it is due never, or at the end of time, and says why.
package struct Quarantine: Sendable {
  /// How many processes in a row have to die with it alone.
  package static let loneDeaths = 3
  /// What is kept with it.
  package static let reason =
    "quarantined: \(loneDeaths) processes in a row died while they did nothing but this"

  private let session: any PostgresSession

  /// Works on `session`.
  package init(_ session: any PostgresSession) {
    self.session = session
  }

  /// Takes work out of its queue. Call it within a transaction.
  /// - Throws: `PostgresError`.
  package func enter(store: StoreID, stage: String, key: String) async throws {
    try await session.execute(
      """
      UPDATE runs SET quarantined_at = now()
      WHERE store_id = \(store.value) AND stage = \(stage) AND key = \(key)
        AND worker_id IS NULL
      """)
    switch stage {
    case "link": try await enter(store: store, delivery: key)
    case "decide", "reconsider": try await enter(store: store, referral: key)
    case "issue":
      try await session.execute(
        """
        UPDATE rewards SET status = 'dead', last_error = \(Self.reason), next_attempt_at = NULL,
          lease_until = NULL, epoch = epoch + 1
        WHERE store_id = \(store.value) AND id = \(key)::text::uuid AND status = 'pending'
        """)
    case "label", "revoke":
      try await session.execute(
        """
        UPDATE rewards SET last_error = \(Self.reason), next_attempt_at = NULL,
          lease_until = NULL, epoch = epoch + 1
        WHERE store_id = \(store.value) AND id = \(key)::text::uuid
          AND status IN ('issued', 'delivered', 'revoking') AND next_attempt_at IS NOT NULL
        """)
    case "follow":
      try await session.execute(
        """
        UPDATE rewards SET last_error = \(Self.reason), next_look_at = 'infinity',
          look_epoch = look_epoch + 1
        WHERE store_id = \(store.value) AND id = \(key)::text::uuid AND next_look_at IS NOT NULL
        """)
    case "deliver":
      try await session.execute(
        """
        UPDATE letters SET last_error = \(Self.reason), next_attempt_at = 'infinity',
          lease_until = NULL, epoch = epoch + 1
        WHERE store_id = \(store.value) AND reward_id = left(\(key), 36)::uuid
          AND letter_key(reward_id, kind) = \(key) AND status = 'waiting'
        """)
    case "announce":
      try await session.execute(
        """
        UPDATE referral_codes SET announce_error = \(Self.reason), announce_at = 'infinity',
          announce_lease_until = NULL, announce_epoch = announce_epoch + 1
        WHERE store_id = \(store.value) AND id = \(key)::text::bigint
          AND announce_at IS NOT NULL
        """)
    case "note":
      try await session.execute(
        """
        UPDATE notes SET last_error = \(Self.reason), next_attempt_at = 'infinity',
          lease_until = NULL, epoch = epoch + 1
        WHERE store_id = \(store.value) AND subject = split_part(\(key), ' ', 1)
          AND object_id = substr(\(key), strpos(\(key), ' ') + 1)
          AND next_attempt_at IS NOT NULL
        """)
    default: break
    }
  }

  private func enter(store: StoreID, delivery key: String) async throws {
    try await session.execute(
      """
      WITH taken AS (
        DELETE FROM inbox_queue
        WHERE store_id = \(store.value) AND event_id = decode(\(key), 'hex')
      )
      UPDATE inbox SET outcome = 'quarantined'
      WHERE store_id = \(store.value) AND event_id = decode(\(key), 'hex')
      """)
  }

  private func enter(store: StoreID, referral key: String) async throws {
    try await session.execute(
      """
      WITH held AS (
        UPDATE referrals SET next_check_at = 'infinity', lease_until = NULL, epoch = epoch + 1,
          rule = 'quarantine', reason = \(Self.reason)
        WHERE store_id = \(store.value) AND id = \(key)::text::bigint
          AND next_check_at IS NOT NULL
        RETURNING order_id
      )
      UPDATE inbox SET outcome = 'quarantined' FROM held
      WHERE inbox.store_id = \(store.value) AND inbox.order_id = held.order_id
        AND outcome IN ('linked', 'looked')
      """)
  }

  /// Forgets what is in quarantine and has nothing to do any more, because its reward was taken back
  /// or found at the store.
  /// - Throws: `PostgresError`.
  package func tidy(store: StoreID) async throws {
    try await session.execute(
      """
      DELETE FROM runs USING rewards
      WHERE runs.store_id = \(store.value) AND quarantined_at IS NOT NULL
        AND rewards.store_id = runs.store_id AND rewards.id =
          CASE WHEN stage IN ('issue', 'label', 'revoke', 'follow', 'deliver')
            -- A letter is named by its reward and its kind.
            THEN left(key, 36)::uuid END
        AND CASE stage WHEN 'issue' THEN status <> 'dead' WHEN 'revoke' THEN status <> 'revoking'
          ELSE status NOT IN ('issued', 'delivered') END
      """)
  }

  /// Has everything about a reward tried again that is in quarantine. Returns whether there was any.
  /// Call it within a transaction.
  /// - Throws: `PostgresError`.
  package func release(store: StoreID, reward id: UUID) async throws -> Bool {
    let released = try await session.execute(
      """
      WITH released AS (
        DELETE FROM runs
        WHERE store_id = \(store.value) AND left(key, 36) = \(id)::text
          AND quarantined_at IS NOT NULL
          AND stage IN ('issue', 'label', 'revoke', 'follow', 'deliver')
        RETURNING stage
      )
      UPDATE rewards SET
        next_attempt_at = CASE
          WHEN status IN ('issued', 'delivered', 'revoking')
            AND EXISTS (SELECT FROM released WHERE stage IN ('label', 'revoke'))
          THEN now() ELSE next_attempt_at END,
        next_look_at = CASE next_look_at WHEN 'infinity' THEN now() ELSE next_look_at END
      WHERE store_id = \(store.value) AND id = \(id) AND EXISTS (SELECT FROM released)
      """)
    guard released > 0 else { return false }
    try await session.execute(
      """
      UPDATE letters SET next_attempt_at = now()
      WHERE store_id = \(store.value) AND reward_id = \(id) AND next_attempt_at = 'infinity'
      """)
    return true
  }

  /// Has a delivery, and the order that it is about, tried again where they are in quarantine.
  /// - Throws: `PostgresError`.
  package func release(store: StoreID, delivery eventID: [UInt8]) async throws {
    try await session.execute(
      """
      WITH named AS (
        SELECT id FROM referrals
        WHERE store_id = \(store.value) AND order_id = (
          SELECT order_id FROM inbox
          WHERE store_id = \(store.value) AND event_id = \(eventID))
      ), released AS (
        DELETE FROM runs
        WHERE store_id = \(store.value) AND quarantined_at IS NOT NULL
          AND (stage = 'link' AND key = encode(\(eventID), 'hex')
            OR stage IN ('decide', 'reconsider') AND key IN (SELECT id::text FROM named))
      )
      UPDATE referrals SET next_check_at = now(), checks = 0 FROM named
      WHERE referrals.store_id = \(store.value) AND referrals.id = named.id
        AND next_check_at = 'infinity'
      """)
  }

  /// Has every delivery tried again that is in quarantine, and every order.
  /// - Throws: `PostgresError`.
  package func releaseDeliveries(store: StoreID) async throws {
    try await session.execute(
      """
      WITH released AS (
        DELETE FROM runs
        WHERE store_id = \(store.value) AND quarantined_at IS NOT NULL
          AND stage IN ('link', 'decide', 'reconsider')
        RETURNING stage, key
      )
      UPDATE referrals SET next_check_at = now(), checks = 0
      WHERE store_id = \(store.value) AND next_check_at = 'infinity' AND id IN (
        SELECT key::bigint FROM released WHERE stage <> 'link')
      """)
  }
}
