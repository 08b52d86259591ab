import Domain
import FoundationEssentials
import Ledger
package import Logging
package import Postgres
import SaleorAPI

/// Last stage: sends the letter with the code to the customer whose reward it is: who shared the
/// referral code, or who bought with it. And reminds him of it, where the shop wishes that.
///
/// The reward is paid before, and stays so whatever becomes of its letter. A letter goes out at
/// least once: a worker that dies between the sending and the note of it leaves it to the next.
package struct Deliver: Sendable {
  /// How many letters are under way at once; as many as a mail transport has threads, so that none
  /// waits for one while its deadline runs.
  package static let width = 4

  private let pool: Pool
  private let store: ConnectedStore
  private let post: any LetterPost
  private let settings: WorkSettings
  private let log: Logger

  /// Sends the letters of `store` by `post`.
  package init(
    pool: Pool, store: ConnectedStore, post: any LetterPost, settings: WorkSettings, log: Logger
  ) {
    self.pool = pool
    self.store = store
    self.post = post
    self.settings = settings
    self.log = log
  }

  /// Claims up to `limit` letters that are due.
  /// - Throws: `PostgresError`, `LedgerError`.
  package func claim(_ limit: Int) async throws -> [Stage.Job] {
    // Longer than an attempt can take: nobody else may send the letter in the meantime.
    let lease = max(settings.lease, settings.mailTimeout + .seconds(60))
    return try await LetterRepository(pool)
      .claimDue(store: store.id, limit: limit, lease: lease)
      .map { claim in Stage.Job(claim.key) { await deliver(claim) } }
  }

  private func deliver(_ claim: LetterRepository.Claim) async {
    var log = log
    log[metadataKey: "reward"] = "\(claim.rewardID)"
    log[metadataKey: "letter"] = "\(claim.letter.rawValue)"
    do {
      switch try await send(claim) {
      case .sent: try await confirm(claim, log)
      case .unconfirmed(let reason):
        log.debug("letter handed over", metadata: ["reason": "\(reason)"])
        try await putBack(claim, after: wait(for: claim), mayHaveGoneOut: true, reason)
      case .later(let reason):
        log.warning("letter not sent yet", metadata: ["error": "\(reason)"])
        try await putBack(
          claim, after: settings.letterRetry.wait(beforeAttempt: claim.attempts),
          mayHaveGoneOut: false, reason)
      case .bounced(let reason):
        log.warning("letter bounced", metadata: ["error": "\(reason)"])
        try await end(claim, as: .bounced, reason)
      case .needless(let reason):
        log.info("letter not sent", metadata: ["reason": "\(reason)"])
        try await end(claim, as: .failed, reason)
      case .failed(let reason):
        log.error("letter given up", metadata: ["error": "\(reason)"])
        try await end(claim, as: .failed, reason)
      }
    } catch {
      // The lease runs out by itself, and the letter is claimed again.
      log.error("letter not settled", metadata: ["error": "\(error)"])
    }
  }

  private func send(_ claim: LetterRepository.Claim) async throws -> LetterOutcome {
    let awaited: RewardRepository.Status = claim.letter == .reward ? .issued : .delivered
    guard claim.rewardStatus == awaited.rawValue else {
      return .needless("the reward is \(claim.rewardStatus) already")
    }
    if claim.letter == .reminder, claim.isLastDay {
      return .needless("the last day of the reward has come")
    }
    guard let recipient = claim.recipient else {
      return .needless(LetterRepository.addresseeIsGone)
    }
    do {
      return try await post.send(claim, to: recipient)
    } catch let error as StoreError {
      return error.isRetryable ? .later(error.description) : .failed(error.description)
    }
  }

  private func confirm(_ claim: LetterRepository.Claim, _ log: Logger) async throws {
    let holds = try await pool.transaction { session in
      let holds = try await LetterRepository(session).markSent(store: store.id, claim)
      if holds, claim.letter == .reward,
        try await !RewardRepository(session).markDelivered(
          store: store.id, id: claim.rewardID)
      {
        log.warning("the reward of a letter was not waiting for it")
      }
      return holds
    }
    log.info(holds ? "letter sent" : "letter left alone: another worker has taken over")
  }

  /// How long to wait for the word that the letter went out.
  private func wait(for claim: LetterRepository.Claim) -> Duration {
    let waits = settings.letterWaits
    return claim.unconfirmed < waits.count ? waits[claim.unconfirmed] : .zero
  }

  private func putBack(
    _ claim: LetterRepository.Claim, after delay: Duration, mayHaveGoneOut: Bool,
    _ reason: String
  ) async throws {
    try await LetterRepository(pool).putBack(
      store: store.id, claim, after: delay, mayHaveGoneOut: mayHaveGoneOut, error: reason)
  }

  private func end(
    _ claim: LetterRepository.Claim, as ending: LetterRepository.Ending, _ reason: String
  ) async throws {
    try await LetterRepository(pool).end(store: store.id, claim, as: ending, error: reason)
  }
}
