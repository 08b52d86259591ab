import Domain
import FoundationEssentials
import Ledger
package import Logging
package import Postgres
import SaleorAPI

/// Third stage: makes the reward at the store, exactly once.
///
/// The store has no idempotency key, but its promo codes are unique. The code is derived from the
/// reward's identity, so the same request can be sent as often as it takes: a second card or voucher
/// of one reward cannot be made.
package struct Issue: Sendable {
  private let pool: Pool
  private let store: ConnectedStore
  private let keys: RewardKeys
  private let post: (any LetterPost)?
  private let settings: WorkSettings
  private let log: Logger
  private let calls: PromoCodeCalls
  private let issued: @Sendable () -> Void

  /// Issues for `store`, with a letter for each reward that `post` carries; calls `issued` when a
  /// reward exists, and its label and its letter are due.
  package init(
    pool: Pool, store: ConnectedStore, keys: RewardKeys, post: (any LetterPost)?,
    settings: WorkSettings, log: Logger, issued: @escaping @Sendable () -> Void
  ) {
    self.pool = pool
    self.store = store
    self.keys = keys
    self.post = post
    self.settings = settings
    self.log = log
    self.issued = issued
    calls = PromoCodeCalls(client: store.client)
  }

  /// Claims up to `limit` rewards that are owed and released.
  /// - Throws: `PostgresError`.
  package func claim(_ limit: Int) async throws -> [Stage.Job] {
    try await RewardRepository(pool)
      .claimOwed(
        store: store.id, rollout: settings.rollout, limit: limit, lease: settings.lease
      )
      .map { claim in Stage.Job(claim.id.uuidString.lowercased()) { await issue(claim) } }
  }

  private func issue(_ claim: RewardRepository.Claim) async {
    var log = log
    log[metadataKey: "reward"] = "\(claim.rewardID)"
    log[metadataKey: "order"] = "\(claim.identity.orderID)"
    do {
      guard let code = try keys.code(of: claim.identity, keyID: claim.codeKeyID) else {
        // Another replica may have a newer key already: this one waits until it has it too.
        let reason = "the code key \(claim.codeKeyID) is not in LAUREL_CODE_KEY; add it"
        log.error("reward not issued yet", metadata: ["error": "\(reason)"])
        try await retry(claim, reason, log)
        return
      }
      let result = try await calls.attempt(.create, claim, code: code)
      let reason = result.outcome.reason ?? ""
      switch (RewardLife.next(.creating, result.outcome.event).state, result.promoCode) {
      case (.issued, let promoCode?):
        try await confirm(claim, promoCode, unboundReason: result.unboundReason, log)
      case (.revoked, let promoCode):
        try await close(claim, promoCode, log)
      case (.creating, _):
        log.warning("reward not issued yet", metadata: ["error": "\(reason)"])
        try await retry(claim, reason, log)
      default:
        try await bury(claim, reason, log)
      }
    } catch {
      // The lease runs out by itself; the reward is claimed again and the same code is sent.
      log.error("reward not issued yet", metadata: ["error": "\(error)"])
    }
  }

  private func confirm(
    _ claim: RewardRepository.Claim, _ promoCode: PromoCode, unboundReason: String?,
    _ log: Logger
  ) async throws {
    let worth = Money(
      amount: claim.percentOff ?? claim.money.amount, currency: claim.money.currency)
    if promoCode.kind != claim.kind || promoCode.worth.contains(where: { $0 != worth })
      || promoCode.takesPercent != (claim.percentOff != nil) || promoCode.isInactive
    {
      log.warning(
        "the store's promo code differs from the reward; the store's stands",
        metadata: [
          "store":
            "\(promoCode.kind.rawValue) \(promoCode.worth)\(promoCode.takesPercent ? " %" : "")",
          "inactive": "\(promoCode.isInactive)",
          "reward": "\(claim.kind.rawValue) \(worth)\(claim.percentOff == nil ? "" : " %")",
        ])
    }
    let holds = try await pool.transaction { session in
      let holds = try await RewardRepository(session)
        .markIssued(
          store: store.id, claim, as: promoCode.kind, storeObjectID: promoCode.id,
          firstLook: settings.firstLook)
      if holds {
        let referrals = ReferralRepository(session)
        if try await !referrals.markRewarded(store: store.id, referralID: claim.referralID) {
          log.warning("the referral of an issued reward was not waiting for it")
        }
        if post?.carries(promoCode.kind) == true, !promoCode.isInactive {
          try await LetterRepository(session).insert(store: store.id, rewardID: claim.id)
        }
      }
      return holds
    }
    if holds {
      if let unboundReason {
        log.notice("gift card not bound to its owner", metadata: ["reason": "\(unboundReason)"])
      }
      log.info(
        "reward issued",
        metadata: ["\(promoCode.kind.rawValue)": "\(promoCode.id)", "amount": "\(claim.money)"])
      issued()
    } else {
      log.info("reward left alone: another worker has taken over")
    }
  }

  /// Ends a reward whose code Laurel made worthless in an older life of the ledger.
  private func close(
    _ claim: RewardRepository.Claim, _ promoCode: PromoCode?, _ log: Logger
  ) async throws {
    let holds = try await pool.repeatedTransaction { session in
      try await TakeBackRepository(session).markFoundRevoked(
        store: store.id, claim, shortfall: promoCode?.spent,
        reason: "the store has its code, and Laurel made it worthless there")
    }
    if holds {
      log.warning(
        "reward not issued: it was taken back before, though the ledger does not know of it",
        metadata: ["promo_code": "\(promoCode?.id ?? "")"])
    } else {
      log.info("reward left alone: another worker has taken over")
    }
  }

  /// Tries again later, or gives a reward up that has been tried for long enough.
  private func retry(
    _ claim: RewardRepository.Claim, _ error: String, _ log: Logger
  ) async throws {
    if claim.isOverdue { return try await bury(claim, error, log) }
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
