import Domain
import FoundationEssentials
import Ledger
package import Logging
import NIOConcurrencyHelpers
package import Postgres
import SaleorAPI

/// Beside the way of an order: tells the store's staff, in private metadata, what became of each
/// order that names a code, and how many friends a customer has brought.
///
/// Nothing waits for it, and nothing is decided on it. The store tells of each writing with
/// ORDER_METADATA_UPDATED, or CUSTOMER_UPDATED and CUSTOMER_METADATA_UPDATED (FACTS §4), on which
/// Laurel does not act, and gives the object a new `updatedAt`, so that the next poll reads an order
/// once more; what it finds is what it was, and the same note is not written twice.
package struct Note: Sendable {
  /// How many calls are under way at once: few, so that notes do not stand in the way of rewards.
  package static let width = 2

  /// Where it is said what became of an order: `tracked`, `held`, `review`, `approved`, `rewarded` or
  /// `rejected`.
  package static let stateKey = "referral.state"
  /// Where the code stands that an order names.
  package static let codeKey = "referral.code"
  /// Where the campaign stands that an order belongs to.
  package static let campaignKey = "referral.campaign"
  /// Where it is said why; `-` when there is nothing to say, because an entry of an earlier state
  /// would stay otherwise.
  package static let reasonKey = "referral.reason"
  /// Where the number of orders stands that count for a referrer.
  package static let referralsKey = "referral.referrals"
  /// Where the number of rewards stands that a referrer was given and that were not taken back.
  package static let rewardsKey = "referral.rewards"

  /// How many characters of a reason are written.
  private static let longestReason = 500

  private let pool: Pool
  private let store: ConnectedStore
  private let settings: WorkSettings
  private let log: Logger
  private let mark: NIOLockedValueBox<QueueMark>

  /// Writes notes at `store`.
  package init(pool: Pool, store: ConnectedStore, settings: WorkSettings, log: Logger) {
    self.pool = pool
    self.store = store
    self.settings = settings
    self.log = log
    mark = NIOLockedValueBox(QueueMark(period: min(settings.lease, QueueMark.thoroughness)))
  }

  /// Takes up what changed, and claims up to `limit` notes that are due.
  /// - Throws: `PostgresError`, `LedgerError`.
  package func claim(_ limit: Int) async throws -> [Stage.Job] {
    let notes = NoteRepository(pool)
    let first = try await notes.collect(
      store: store.id, from: mark.withLockedValue { $0.start() }, after: settings.noteDelay)
    if let first { mark.withLockedValue { $0.found(first) } }
    return try await notes.claimDue(store: store.id, limit: limit, lease: settings.lease)
      .map { claim in Stage.Job(claim.key) { await write(claim) } }
  }

  /// Drops what changed, in a shop that wants no notes.
  /// - Throws: `PostgresError`.
  package func discard(_ limit: Int) async throws -> [Stage.Job] {
    while try await NoteRepository(pool).discard(store: store.id) == NoteRepository.batch {
      try Task.checkCancellation()
    }
    return []
  }

  private func write(_ claim: NoteRepository.Claim) async {
    var log = log
    log[metadataKey: "\(claim.subject.rawValue)"] = "\(claim.objectID)"
    do {
      let note = try await note(claim)
      let text = note.map { entries in
        entries.map { "\($0.key): \($0.value)" }.joined(separator: "\n")
      }
      do {
        if let note, text != claim.written,
          case .refused(let reason) = try await write(note, claim)
        {
          return try await giveUp(claim, reason, log)
        }
        try await NoteRepository(pool).finish(
          store: store.id, claim, written: text, after: settings.noteDelay)
        log.debug("note written")
      } catch let error as StoreError {
        guard error.isRetryable && claim.attempts < Announce.maximumAttempts else {
          return try await giveUp(claim, error.description, log)
        }
        log.log(
          level: claim.attempts == 1 ? .warning : .debug, "note not written yet",
          metadata: ["error": "\(error)"])
        try await NoteRepository(pool).putBack(
          store: store.id, claim,
          after: settings.announceRetry.wait(beforeAttempt: claim.attempts),
          error: error.description)
      }
    } catch {
      // The lease runs out by itself, and the note is claimed again.
      log.error("note not written yet", metadata: ["error": "\(error)"])
    }
  }

  private func write(
    _ note: [MetadataItem], _ claim: NoteRepository.Claim
  ) async throws -> StoreClient.NoteWriting {
    switch claim.subject {
    case .order: try await store.client.write(note: note, toOrder: claim.objectID)
    case .customer: try await store.client.write(note: note, toCustomer: claim.objectID)
    }
  }

  private func giveUp(
    _ claim: NoteRepository.Claim, _ error: String, _ log: Logger
  ) async throws {
    log.warning("note will not stand at the store", metadata: ["error": "\(error)"])
    try await NoteRepository(pool).giveUp(store: store.id, claim, error: error)
  }

  /// What there is to tell now; `nil` for nothing.
  private func note(_ claim: NoteRepository.Claim) async throws -> [MetadataItem]? {
    let notes = NoteRepository(pool)
    switch claim.subject {
    case .order:
      return try await notes.orderFacts(store: store.id, orderID: claim.objectID).map(Self.note)
    case .customer:
      return try await notes.referrerFacts(store: store.id, userID: claim.objectID).map { facts in
        [
          MetadataItem(key: Self.referralsKey, value: "\(facts.referrals)"),
          MetadataItem(key: Self.rewardsKey, value: "\(facts.rewards)"),
        ]
      }
    }
  }

  /// What is told of an order.
  static func note(_ facts: NoteRepository.OrderFacts) -> [MetadataItem] {
    var (state, reason) = (facts.state, facts.reason)
    switch facts.state {
    case "tracked":
      // What it waits for changes with every look, and the order shows it.
      reason = nil
      if let heldUntil = facts.heldUntil {
        (state, reason) = ("held", "rewards are held back until \(heldUntil.ISO8601Format())")
      }
    case "paid": state = "approved"
    default: break
    }
    // A code is not known while a reward that was found at the store is all there is.
    let entries = [
      (stateKey, state), (codeKey, facts.code.isEmpty ? "-" : facts.code),
      (campaignKey, facts.campaignID),
      (reasonKey, reason.map { String($0.prefix(longestReason)) } ?? "-"),
    ]
    return entries.compactMap { key, value in value.map { MetadataItem(key: key, value: $0) } }
  }
}
