import Domain
import Ledger
package import Logging
package import Postgres
import SaleorAPI

/// Beside the way of an order: writes each code into its user's public metadata at the store, where
/// the storefront shows it to him.
///
/// A code is in force from its issue on; nothing waits for this. The store tells of the change with
/// CUSTOMER_UPDATED and CUSTOMER_METADATA_UPDATED (FACTS §4), on which Laurel does not act.
package struct Announce: Sendable {
  /// How many calls are under way at once: few, so that a code for every customer of a big store
  /// does not stand in the way of rewards.
  package static let width = 4

  /// How often a code is tried, and a note. With the waits of `WorkSettings.announceRetry` this takes
  /// about a week.
  static let maximumAttempts = 60

  private let pool: Pool
  private let store: ConnectedStore
  private let settings: WorkSettings
  private let log: Logger

  /// Announces for `store`.
  package init(pool: Pool, store: ConnectedStore, settings: WorkSettings, log: Logger) {
    self.pool = pool
    self.store = store
    self.settings = settings
    self.log = log
  }

  /// Claims up to `limit` codes that are due.
  /// - Throws: `PostgresError`.
  package func claim(_ limit: Int) async throws -> [Stage.Job] {
    try await AnnouncementRepository(pool)
      .claimDue(store: store.id, limit: limit, lease: settings.lease)
      .map { claim in Stage.Job("\(claim.id)") { await announce(claim) } }
  }

  private func announce(_ claim: AnnouncementRepository.Claim) async {
    var log = log
    log[metadataKey: "user"] = "\(claim.userID)"
    do {
      do {
        switch try await store.client.write(code: claim.code, toUser: claim.userID) {
        case .written:
          try await AnnouncementRepository(pool).finish(store: store.id, claim)
          log.debug("code announced")
        case .refused(let reason):
          try await giveUp(claim, reason, log)
        }
      } catch let error as StoreError {
        if error.isRetryable && claim.attempts < Self.maximumAttempts {
          log.log(
            level: claim.attempts == 1 ? .warning : .debug, "code not announced yet",
            metadata: ["error": "\(error)"])
          try await AnnouncementRepository(pool).putBack(
            store: store.id, claim,
            after: settings.announceRetry.wait(beforeAttempt: claim.attempts),
            error: error.description)
        } else {
          try await giveUp(claim, error.description, log)
        }
      }
    } catch {
      // The lease runs out by itself, and the code is claimed again.
      log.error("code not announced yet", metadata: ["error": "\(error)"])
    }
  }

  private func giveUp(
    _ claim: AnnouncementRepository.Claim, _ error: String, _ log: Logger
  ) async throws {
    log.warning("code will not stand at the store", metadata: ["error": "\(error)"])
    try await AnnouncementRepository(pool).giveUp(store: store.id, claim, error: error)
  }
}
