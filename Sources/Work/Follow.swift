import Domain
import FoundationEssentials
import Ledger
package import Logging
package import Postgres
import SaleorAPI

/// Fifth stage: reads issued rewards back from the store and notes which were used and which ended
/// unused.
///
/// An event only says when to look; without any, every reward is looked at from time to time. What
/// is gone or switched off at the store is reported, and never made again.
package struct Follow: Sendable {
  /// What can be wrong with a reward at the store. The sentences are kept in the ledger, so that each
  /// is reported once.
  private enum Trouble: String {
    case gone = "the store no longer has it"
    case inactive = "it is switched off at the store"
  }

  private let pool: Pool
  private let store: ConnectedStore
  private let settings: WorkSettings
  private let log: Logger

  /// Follows the rewards of `store`.
  package init(pool: Pool, store: ConnectedStore, settings: WorkSettings, log: Logger) {
    self.pool = pool
    self.store = store
    self.settings = settings
    self.log = log
  }

  /// Takes up to `limit` rewards that are due for a look.
  /// - Throws: `PostgresError`, `LedgerError`.
  package func claim(_ limit: Int) async throws -> [Stage.Job] {
    try await LookRepository(pool)
      .claimDue(store: store.id, limit: limit, lease: settings.lease)
      .map { claim in Stage.Job(claim.id.uuidString.lowercased()) { await look(claim) } }
  }

  private func look(_ claim: LookRepository.Claim) async {
    var log = log
    log[metadataKey: "reward"] = "\(claim.id.uuidString.lowercased())"
    do {
      do {
        let state =
          switch claim.promoCode {
          case .giftCard(let id): try await store.client.giftCardState(id)
          case .voucher(let id): try await store.client.voucherState(id)
          }
        try await settle(claim, state, log)
      } catch let error as StoreError {
        log.warning("reward not looked at", metadata: ["error": "\(error)"])
        try await LookRepository(pool).putBack(
          store: store.id, claim, after: wait(claim), error: claim.lastError)
      }
    } catch {
      // The claim runs out by itself, and the reward is looked at again.
      log.error("reward not looked at", metadata: ["error": "\(error)"])
    }
  }

  private func settle(
    _ claim: LookRepository.Claim, _ state: PromoCodeState?, _ log: Logger
  ) async throws {
    let looks = LookRepository(pool)
    guard let state else {
      // A replica that lags behind does not show a reward that was made a moment ago.
      if !claim.isFresh { report(.gone, claim, log) }
      try await looks.putBack(
        store: store.id, claim, after: wait(claim),
        error: claim.isFresh ? claim.lastError : Trouble.gone.rawValue)
      return
    }
    if state.isUsed {
      if try await looks.markUsed(store: store.id, claim, spent: state.spent) {
        log.info("reward used", metadata: ["spent": "\(state.spent.map { "\($0)" } ?? "?")"])
      }
      return
    }
    if let endsAt = state.endsAt,
      try await looks.markExpired(store: store.id, claim, endsAt: endsAt)
    {
      log.info("reward expired")
      return
    }
    if !state.isActive { report(.inactive, claim, log) }
    try await looks.lookAgain(
      store: store.id, claim, after: wait(claim), endsAt: state.endsAt,
      error: state.isActive ? withoutTrouble(claim.lastError) : Trouble.inactive.rawValue)
  }

  private func report(_ trouble: Trouble, _ claim: LookRepository.Claim, _ log: Logger) {
    guard claim.lastError != trouble.rawValue else { return }
    log.warning(
      "reward cannot be used", metadata: ["reason": "\(trouble.rawValue)"])
  }

  /// An error of another stage stays; trouble at the store that is over goes.
  private func withoutTrouble(_ error: String?) -> String? {
    error.flatMap { Trouble(rawValue: $0) == nil ? $0 : nil }
  }

  private func wait(_ claim: LookRepository.Claim) -> Duration {
    settings.look.wait(beforeAttempt: claim.looks)
  }
}
