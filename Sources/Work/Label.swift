import Domain
import FoundationEssentials
import Ledger
package import Logging
package import Postgres
import SaleorAPI

/// Fourth stage: puts the tag `referral` on a card that exists, for the shop's staff.
///
/// It comes after the issue and never in its way: a new tag that two cards receive at the same
/// moment makes the store answer with an error after it has saved (FACTS §6). And it comes before
/// the letter or not at all: the store writes the whole card with its tag, the balance too, which
/// must not happen beside somebody who spends it. Before the letter nobody has the code.
package struct Label: Sendable {
  /// The tag that every card of Laurel's carries.
  package static let tag = "referral"

  private let pool: Pool
  private let store: ConnectedStore
  private let settings: WorkSettings
  private let log: Logger

  /// How often the tag is tried: it is a convenience, and the reward is paid without it.
  private static let maximumAttempts = 20

  /// Labels for `store`.
  package init(pool: Pool, store: ConnectedStore, settings: WorkSettings, log: Logger) {
    self.pool = pool
    self.store = store
    self.settings = settings
    self.log = log
  }

  /// Claims up to `limit` rewards whose labels are due.
  /// - Throws: `PostgresError`.
  package func claim(_ limit: Int) async throws -> [Stage.Job] {
    let rewards = RewardRepository(pool)
    let issued = try await rewards.claimDue(
      store: store.id, status: .issued, limit: limit, lease: settings.lease)
    let jobs = issued.map { claim in Stage.Job(claim.rewardID) { await label(claim) } }
    guard issued.count < limit else { return jobs }
    let told = try await rewards.claimDue(
      store: store.id, status: .delivered, limit: limit - issued.count, lease: settings.lease)
    return jobs + told.map { claim in Stage.Job(claim.rewardID) { await passOver(claim) } }
  }

  /// Leaves a card without its tag whose code is known.
  private func passOver(_ claim: RewardRepository.Claim) async {
    do {
      try await RewardRepository(pool).finish(
        store: store.id, claim, error: "the card has no tag: the letter was faster")
    } catch {
      // The lease runs out by itself, and the reward is claimed again.
      log.error("reward not settled", metadata: ["error": "\(error)"])
    }
  }

  private func label(_ claim: RewardRepository.Claim) async {
    let rewards = RewardRepository(pool)
    do {
      do {
        if let card = claim.giftCardID {
          try await store.client.tagGiftCard(id: card, tag: Self.tag)
        }
        try await rewards.finish(store: store.id, claim)
      } catch let error as StoreError {
        if error.isRetryable, claim.attempts < Self.maximumAttempts {
          let holds = try await rewards.putBack(
            store: store.id, claim, after: settings.retry.wait(beforeAttempt: claim.attempts),
            error: error.description)
          if holds { return }
        }
        if !error.isRetryable {
          log.warning(
            "card not tagged",
            metadata: ["reward": "\(claim.id.uuidString.lowercased())", "error": "\(error)"])
        }
        try await rewards.finish(store: store.id, claim, error: error.description)
      }
    } catch {
      log.error("card not tagged", metadata: ["error": "\(error)"])
    }
  }
}
