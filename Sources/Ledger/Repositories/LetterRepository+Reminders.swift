package import Domain
import Postgres

/// Letters that remind of a reward before its last day.
extension LetterRepository {
  /// How many reminders wait at once at most, so that letters with codes never wait behind a great
  /// many of them.
  package static let reminderLimit = 100

  /// Puts reminders into the outbox: of rewards that can be used for one to `days` days more (UTC),
  /// half of whose time is over, and nothing of which was used as far as the ledger knows; the most
  /// pressing first. Returns how many there were.
  ///
  /// Each reward is noted with the same statement, so that it is never made twice and never looked at
  /// again.
  /// - Parameter days: 1 or more.
  /// - Throws: `PostgresError`.
  package func insertReminders(store: StoreID, days: Int) async throws -> Int {
    try await session.execute(
      """
      WITH due AS MATERIALIZED (
        SELECT id FROM rewards
        WHERE store_id = \(store.value) AND status = 'delivered' AND reminded_at IS NULL
          AND expires_on > (now() AT TIME ZONE 'UTC')::date
          AND expires_on <= (now() AT TIME ZONE 'UTC')::date + \(days)::integer
          AND halfway_on <= (now() AT TIME ZONE 'UTC')::date
        ORDER BY expires_on
        LIMIT greatest(0, \(Self.reminderLimit) - (
          SELECT count(*) FROM letters
          WHERE store_id = \(store.value) AND status = 'waiting'
            AND kind = \(Kind.reminder.rawValue)))
        FOR UPDATE SKIP LOCKED
      ), noted AS (
        UPDATE rewards SET reminded_at = now() FROM due
        WHERE rewards.store_id = \(store.value) AND rewards.id = due.id
        RETURNING rewards.id
      )
      INSERT INTO letters (store_id, reward_id, kind)
      SELECT \(store.value), id, \(Kind.reminder.rawValue) FROM noted
      ON CONFLICT (store_id, reward_id, kind) DO NOTHING
      """)
  }
}
