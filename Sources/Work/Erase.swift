import Domain
import Ledger
package import Logging
package import Postgres
import Rules
import SaleorAPI

/// Beside the way of an order: forgets customers whose accounts were deleted at the store.
///
/// The event is a hint, as every event is: anybody on the staff can have the store sign one about a
/// customer who is there (FACTS §3). So the store is asked for the customer first, and nothing is
/// erased while it knows him.
package struct Erase: Sendable {
  /// How often a customer who is still there is asked for after an event: a replica can lag behind.
  /// With the waits of `WorkSettings.recheck` this takes a day at least.
  private static let maximumChecks = 20

  private let pool: Pool
  private let store: ConnectedStore
  private let keys: RewardKeys
  private let settings: WorkSettings
  private let log: Logger
  private let takenBack: @Sendable () -> Void

  /// Erases customers of `store`; `keys` make the pseudonyms of their mailboxes. Calls `takenBack`
  /// when rewards of theirs were taken back.
  package init(
    pool: Pool, store: ConnectedStore, keys: RewardKeys, settings: WorkSettings, log: Logger,
    takenBack: @escaping @Sendable () -> Void
  ) {
    self.pool = pool
    self.store = store
    self.keys = keys
    self.settings = settings
    self.log = log
    self.takenBack = takenBack
  }

  /// Claims up to `limit` customers who are to be asked for.
  /// - Throws: `PostgresError`.
  package func claim(_ limit: Int) async throws -> [Stage.Job] {
    try await ErasureRepository(pool)
      .claimDue(store: store.id, limit: limit, lease: settings.lease)
      .map { claim in Stage.Job(claim.customerID) { await settle(claim) } }
  }

  private func settle(_ claim: ErasureRepository.Claim) async {
    var log = log
    log[metadataKey: "customer"] = "\(claim.customerID)"
    let wait = settings.recheck.wait(beforeAttempt: claim.checks)
    do {
      do {
        if try await store.client.customer(claim.customerID) == nil {
          try await erase(claim)
          log.info("customer erased")
          return
        }
        log.notice("an event says that a customer was deleted, and the store knows him")
        try await ErasureRepository(pool).putBack(
          store: store.id, claim, after: claim.checks < Self.maximumChecks ? wait : nil)
      } catch let error as StoreError {
        log.warning("customer not erased yet", metadata: ["error": "\(error)"])
        try await ErasureRepository(pool).putBack(store: store.id, claim, after: wait)
      }
    } catch {
      // The lease runs out by itself, and the customer is claimed again.
      log.error("customer not erased yet", metadata: ["error": "\(error)"])
    }
  }

  private func erase(_ claim: ErasureRepository.Claim) async throws {
    let hasOpenRewards = try await pool.repeatedTransaction { session in
      try await eraseAllButFacts(session, claim)
    }
    if hasOpenRewards { takenBack() }
    // A customer can have referred very many. Since his code is out of force, they become no more.
    let names = Signal.ofReferrersPerson.map(\.name)
    var referrals = try await ErasureRepository(pool)
      .referred(store: store.id, customerID: claim.customerID)[...]
    while !referrals.isEmpty {
      let batch = referrals.prefix(ErasureRepository.factsLimit)
      try await pool.transaction { session in
        try await ErasureRepository(session)
          .eraseFacts(store: store.id, names, referrals: batch)
      }
      referrals = referrals.dropFirst(batch.count)
    }
    try await pool.transaction { session in
      try await ErasureRepository(session).finish(store: store.id, claim)
    }
  }

  /// Returns whether rewards were taken back.
  private func eraseAllButFacts(
    _ session: any PostgresSession, _ claim: ErasureRepository.Claim
  ) async throws -> Bool {
    let erasures = ErasureRepository(session)
    // The code, then budgets, then rewards, then referrals, as in every transaction, so that two cannot deadlock.
    try await CodeRepository(session).hold(store: store.id, userID: claim.customerID)
    let names = try await erasures.mailboxes(store: store.id, claim).map { mailbox in
      (mailbox, try keys.pseudonyms(of: mailbox, store: store.address))
    }
    let orders = try await erasures.orders(
      store: store.id, customerID: claim.customerID, mailboxes: names.map(\.0))
    let rewards = try await erasures.openRewards(
      store: store.id, customerID: claim.customerID, orders: orders)
    let cases = try await erasures.openCases(store: store.id, customerID: claim.customerID)
    try await ReferralRepository(session)
      .hold(store: store.id, orders: orders + cases + rewards.map(\.orderID))
    // What he was to get cannot reach him any more.
    for reward in rewards {
      _ = try await TakeBackRepository(session).takeBack(
        store: store.id, reward: reward.id, in: [.pending, .creating, .dead],
        rule: ErasureRepository.rule, reason: ErasureRepository.reason)
    }
    // As a guest he stands among the traces under a pseudonym of any key.
    try await TraceRepository(session).erase(
      store: store.id, buyers: [claim.customerID] + names.flatMap(\.1))
    let pseudonyms = names.compactMap { mailbox, names in names.first.map { (mailbox, $0) } }
    try await erasures.erase(
      store: store.id, claim, orders: orders, pseudonyms: pseudonyms,
      facts: Signal.ofBuyersPerson.map(\.name))
    try await erasures.lookAgain(store: store.id, cases: cases)
    return !rewards.isEmpty
  }
}
