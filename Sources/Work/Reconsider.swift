import Domain
import FoundationEssentials
import Ledger
package import Logging
package import Postgres
import Rules
import SaleorAPI

/// Looks again at the orders of decided referrals when events say that they fell, and takes their
/// rewards back.
package struct Reconsider: Sendable {
  private let pool: Pool
  private let store: ConnectedStore
  private let settings: WorkSettings
  private let log: Logger
  private let takenBack: @Sendable () -> Void

  /// What an instant may lose on its way through the ledger, in seconds.
  private static let clockPrecision = 0.001
  /// How often an order that stands is looked at after an event says that it fell.
  private static let looks = 4

  /// Works for `store`; calls `takenBack` when rewards have to be made worthless.
  package init(
    pool: Pool, store: ConnectedStore, settings: WorkSettings, log: Logger,
    takenBack: @escaping @Sendable () -> Void
  ) {
    self.pool = pool
    self.store = store
    self.settings = settings
    self.log = log
    self.takenBack = takenBack
  }

  /// Claims up to `limit` referrals whose orders are to be looked at.
  /// - Throws: `PostgresError`.
  package func claim(_ limit: Int) async throws -> [Stage.Job] {
    try await TakeBackRepository(pool)
      .claimDue(store: store.id, limit: limit, lease: settings.lease)
      .map { claim in Stage.Job("\(claim.id)") { await reconsider(claim) } }
  }

  private func reconsider(_ claim: TakeBackRepository.Claim) async {
    var log = log
    log[metadataKey: "referral"] = "\(claim.id)"
    log[metadataKey: "order"] = "\(claim.orderID)"
    do {
      do {
        guard let order = try await store.client.order(claim.orderID) else {
          log.warning("a rewarded order is gone at the store; its reward stands")
          try await keep(claim)
          return
        }
        if let decidedOn = claim.orderUpdatedAt,
          order.updatedAt.addingTimeInterval(Self.clockPrecision) < decidedOn
        {
          // From a replica that lags behind what the reward was decided on.
          log.info("order not reconsidered yet: the store shows an older state of it")
          try await TakeBackRepository(pool).putBack(
            store: store.id, claim, after: settings.retry.wait(beforeAttempt: claim.checks))
          return
        }
        // By the minimum of its own day: a later one does not take back what was earned.
        let rules = Requirement.standing(minimumOrder: claim.minimumOrder)
        switch Decision.of(Facts(order: order, code: nil), by: rules) {
        case .reject(let rule, let reason):
          try await takeBack(claim, rule: rule, reason: reason, log)
        case .approve, .wait:
          try await TakeBackRepository(pool)
            .noteExcess(store: store.id, referral: claim.id, spending: order.spending)
          try await keep(claim)
        }
      } catch let error as StoreError {
        log.warning("order not read", metadata: ["error": "\(error)"])
        try await TakeBackRepository(pool).putBack(
          store: store.id, claim, after: settings.retry.wait(beforeAttempt: claim.checks))
      }
    } catch {
      // The lease runs out by itself, and the referral is claimed again.
      log.error("order not reconsidered", metadata: ["error": "\(error)"])
    }
  }

  /// Ends the look, after some more: a replica can lag behind the event that called for it.
  private func keep(_ claim: TakeBackRepository.Claim) async throws {
    let isSure = claim.checks >= Self.looks
    try await TakeBackRepository(pool).putBack(
      store: store.id, claim,
      after: isSure ? nil : settings.recheck.wait(beforeAttempt: claim.checks))
  }

  private func takeBack(
    _ claim: TakeBackRepository.Claim, rule: String, reason: String, _ log: Logger
  ) async throws {
    let holds = try await pool.repeatedTransaction { session in
      try await TakeBackRepository(session)
        .takeBack(store: store.id, claim, rule: rule, reason: reason)
    }
    guard holds else {
      log.info("reward not taken back: another worker has taken over")
      return
    }
    log.info("reward taken back", metadata: ["rule": "\(rule)", "reason": "\(reason)"])
    takenBack()
  }
}
