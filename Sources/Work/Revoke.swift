import Domain
import FoundationEssentials
import Ledger
package import Logging
package import Postgres
import SaleorAPI

/// Makes rewards that were taken back worthless at the store. Money that may be out is never given
/// up on: an attempt that fails comes again until the store has confirmed.
package struct Revoke: Sendable {
  private let pool: Pool
  private let store: ConnectedStore
  private let keys: RewardKeys
  private let settings: WorkSettings
  private let log: Logger
  private let calls: PromoCodeCalls

  /// Works for `store`.
  package init(
    pool: Pool, store: ConnectedStore, keys: RewardKeys, settings: WorkSettings, log: Logger
  ) {
    self.pool = pool
    self.store = store
    self.keys = keys
    self.settings = settings
    self.log = log
    calls = PromoCodeCalls(client: store.client)
  }

  /// Claims up to `limit` rewards that are to be made worthless.
  /// - Throws: `PostgresError`.
  package func claim(_ limit: Int) async throws -> [Stage.Job] {
    try await RewardRepository(pool)
      .claimDue(store: store.id, status: .revoking, limit: limit, lease: settings.lease)
      .map { claim in Stage.Job(claim.id.uuidString.lowercased()) { await revoke(claim) } }
  }

  private func revoke(_ claim: RewardRepository.Claim) async {
    var log = log
    log[metadataKey: "reward"] = "\(claim.rewardID)"
    log[metadataKey: "order"] = "\(claim.identity.orderID)"
    do {
      guard let code = try keys.code(of: claim.identity, keyID: claim.codeKeyID) else {
        let reason = "the code key \(claim.codeKeyID) is not in LAUREL_CODE_KEY; add it"
        log.error("reward not made worthless yet", metadata: ["error": "\(reason)"])
        try await retry(claim, reason)
        return
      }
      let result = try await calls.attempt(.silence, claim, code: code)
      let next = RewardLife.next(.revoking, result.outcome.event)
      let reason = result.outcome.reason ?? ""
      if next.effects.contains(.report) {
        log.error("a reward that was taken back needs a look", metadata: ["reason": "\(reason)"])
      }
      if next.state == .revoked {
        try await confirm(claim, spent: result.spent, log)
      } else {
        log.warning("reward not made worthless yet", metadata: ["reason": "\(reason)"])
        try await retry(claim, reason)
      }
    } catch {
      // The lease runs out by itself, and the reward is claimed again.
      log.error("reward not made worthless yet", metadata: ["error": "\(error)"])
    }
  }

  private func confirm(
    _ claim: RewardRepository.Claim, spent: Decimal?, _ log: Logger
  ) async throws {
    let holds = try await TakeBackRepository(pool)
      .markRevoked(store: store.id, claim, shortfall: spent)
    if holds {
      log.info(
        "reward is worthless at the store", metadata: ["shortfall": "\(spent ?? 0)"])
    } else {
      log.info("reward left alone: another worker has taken over")
    }
  }

  private func retry(_ claim: RewardRepository.Claim, _ reason: String) async throws {
    try await RewardRepository(pool).putBack(
      store: store.id, claim, after: settings.retry.wait(beforeAttempt: claim.attempts),
      error: reason)
  }
}
