import Domain
import Ledger
package import Logging
package import Postgres

/// Beside the way of an order: puts reminders into the outbox, so many days before the last day of
/// rewards that were not used yet. Several processes make each of them once.
package struct Remind: Sendable {
  private let pool: Pool
  private let store: ConnectedStore
  private let days: Int
  private let interval: Duration
  private let log: Logger
  private let made: @Sendable () -> Void

  /// Reminds of rewards of `store` that can be used for `days` days more at most, 1 or more. Calls
  /// `made` when letters are due.
  package init(
    pool: Pool, store: ConnectedStore, days: Int, settings: WorkSettings, log: Logger,
    made: @escaping @Sendable () -> Void
  ) {
    self.pool = pool
    self.store = store
    self.days = days
    interval = settings.remindInterval
    self.log = log
    self.made = made
  }

  /// The stage that looks for them.
  package func stage() -> Stage {
    Stage(name: "remind", width: 1, interval: interval, wakeup: Wakeup(), log: log) { _ in
      try await look()
      return []
    }
  }

  /// Looks once. Returns how many letters were made.
  /// - Throws: `PostgresError`.
  @discardableResult
  package func look() async throws -> Int {
    let count = try await LetterRepository(pool).insertReminders(store: store.id, days: days)
    if count > 0 {
      log.info("reminders made", metadata: ["count": "\(count)"])
      made()
    }
    return count
  }
}
