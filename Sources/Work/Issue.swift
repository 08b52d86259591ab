import Domain
import FoundationEssentials
import Ledger
package import Logging
package import Postgres
import SaleorAPI

/// Third stage: makes the reward at the store, exactly once.
///
/// The store has no idempotency key, but its promo codes are unique. The code is derived from the
/// reward's identity, so the same request can be sent as often as it takes: the second card of a
/// reward cannot be made.
package struct Issue: Sendable {
  private let pool: Pool
  private let store: ConnectedStore
  private let keys: RewardKeys
  private let settings: WorkSettings
  private let log: Logger
  private let version: StoreVersionCache
  private let issued: @Sendable () -> Void

  /// Issues for `store`; calls `issued` when a reward exists and its labels are due.
  package init(
    pool: Pool, store: ConnectedStore, keys: RewardKeys, settings: WorkSettings, log: Logger,
    issued: @escaping @Sendable () -> Void
  ) {
    self.pool = pool
    self.store = store
    self.keys = keys
    self.settings = settings
    self.log = log
    self.issued = issued
    version = StoreVersionCache(client: store.client)
  }

  /// Claims up to `limit` rewards that are owed.
  /// - Throws: `PostgresError`.
  package func claim(_ limit: Int) async throws -> [Stage.Job] {
    try await RewardRepository(pool)
      .claimDue(store: store.id, status: .pending, limit: limit, lease: settings.lease)
      .map { claim in { await issue(claim) } }
  }

  private func issue(_ claim: RewardRepository.Claim) async {
    var log = log
    log[metadataKey: "reward"] = "\(claim.id.uuidString.lowercased())"
    log[metadataKey: "order"] = "\(claim.identity.orderID)"
    do {
      guard let code = try keys.code(of: claim.identity, keyID: claim.codeKeyID) else {
        try await bury(
          claim, "the code key \(claim.codeKeyID) is not in LAUREL_CODE_KEY; add it", log)
        return
      }
      let rewardID = claim.id.uuidString.lowercased()
      switch try await store.client.createGiftCard(
        code: code, balance: claim.money, rewardID: rewardID, expiresOn: nil,
        version: try await version.value())
      {
      case .created(let card):
        try await confirm(claim, card, log)
      case .refused(let reason):
        try await bury(claim, "the store refuses the card: \(reason)", log)
      case .codeTaken:
        try await adopt(claim, code: code, rewardID: rewardID, log)
      }
    } catch let error as StoreError {
      log.warning("reward not issued yet", metadata: ["error": "\(error)"])
      do {
        if error.isRetryable && !claim.isOverdue {
          try await putBack(claim, error.description)
        } else {
          try await bury(claim, error.description, log)
        }
      } catch {
        log.error("reward not put back", metadata: ["error": "\(error)"])
      }
    } catch {
      // The lease runs out by itself; the reward is claimed again and the same code is sent.
      log.error("reward not issued yet", metadata: ["error": "\(error)"])
    }
  }

  /// A code of ours exists already: an earlier attempt of ours made it, whatever its answer said.
  private func adopt(
    _ claim: RewardRepository.Claim, code: String, rewardID: String, _ log: Logger
  ) async throws {
    guard let card = try await store.client.giftCard(code: code) else {
      // A replica that lags behind; the code's uniqueness on the writer is the truth.
      try await putBack(claim, "the code exists, but the store does not show the card yet")
      return
    }
    if let found = card.rewardID, found != rewardID {
      try await bury(claim, "the code belongs to reward \(found) at the store", log)
      return
    }
    try await confirm(claim, card, log)
  }

  private func confirm(
    _ claim: RewardRepository.Claim, _ card: GiftCard, _ log: Logger
  ) async throws {
    if card.initialBalance != claim.money {
      log.warning(
        "the store's card differs from the reward; the card stands",
        metadata: ["card": "\(card.initialBalance)", "reward": "\(claim.money)"])
    }
    let holds = try await pool.transaction { session in
      guard
        try await RewardRepository(session)
          .markIssued(store: store.id, claim, giftCardID: card.id)
      else { return false }
      return try await ReferralRepository(session)
        .markRewarded(store: store.id, referralID: claim.referralID)
    }
    if holds {
      log.info("reward issued", metadata: ["gift_card": "\(card.id)", "amount": "\(claim.money)"])
      issued()
    } else {
      log.info("reward left alone: another worker has taken over")
    }
  }

  private func putBack(_ claim: RewardRepository.Claim, _ error: String) async throws {
    try await RewardRepository(pool).putBack(
      store: store.id, claim, after: settings.retry.wait(beforeAttempt: claim.attempts),
      error: error)
  }

  private func bury(
    _ claim: RewardRepository.Claim, _ error: String, _ log: Logger
  ) async throws {
    log.error("reward is a dead letter", metadata: ["error": "\(error)"])
    try await RewardRepository(pool).bury(store: store.id, claim, error: error)
  }
}
