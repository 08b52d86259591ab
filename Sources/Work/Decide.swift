import Domain
import FoundationEssentials
import Ledger
package import Logging
package import Monitoring
package import Postgres
import Rules
import SaleorAPI

/// Second stage: reads an order back from the store, has it examined, and has the decision written.
/// Cases in review come by here too: when somebody approved them, when their time is over, and when
/// an event names their order.
package struct Decide: Sendable {
  private let pool: Pool
  private let store: ConnectedStore
  private let terms: CurrentTerms
  private let settings: WorkSettings
  private let metrics: Metrics
  private let log: Logger
  private let examine: Examine
  private let writer: DecisionWriter
  private let adoption: Adoption
  private let approved: @Sendable () -> Void

  /// How the ledger and the metrics name a wait for an order that the store does not know.
  static let foundRule = "order_found"
  /// Its reason.
  static let notFound = "the store knows no such order"
  /// How the ledger and the metrics name a wait for the facts that the rules ask for.
  private static let factsRule = "facts_known"
  /// How often an order that cannot be read is tried, however long that takes.
  private static let triesOnceOverdue = 10
  /// How long a decision that waits for the past orders waits at most before it is looked at again:
  /// they are read within minutes, in a very large shop within hours.
  private static let historyRecheck: Duration = .seconds(300)
  /// What an instant may lose on its way through the ledger, in seconds.
  private static let clockPrecision = 0.001
  /// How often an order that stands is looked at after an event while its case is in review.
  private static let looksInReview = 4

  /// Decides for `store` by the terms that hold when it looks at an order; calls `approved` when a reward is owed.
  package init(
    pool: Pool, store: ConnectedStore, terms: CurrentTerms,
    keys: RewardKeys, fence: LedgerFence, settings: WorkSettings, metrics: Metrics, log: Logger,
    approved: @escaping @Sendable () -> Void
  ) {
    self.pool = pool
    self.store = store
    self.terms = terms
    examine = Examine(pool: pool, store: store, keys: keys, settings: settings)
    writer = DecisionWriter(
      pool: pool, store: store, keys: keys, fence: fence, examine: examine)
    adoption = Adoption(pool: pool, store: store, keys: keys, log: log)
    self.settings = settings
    self.metrics = metrics
    self.log = log
    self.approved = approved
  }

  /// Claims up to `limit` referrals that are due. While promo codes that were found at the store are
  /// about to be adopted, only theirs: of two orders of one buyer, the one that was paid for counts.
  /// - Throws: `PostgresError`.
  package func claim(_ limit: Int) async throws -> [Stage.Job] {
    let isAdopting = try await FoundCodeRepository(pool).unresolved(store: store.id, limit: 1) > 0
    return try await ReferralRepository(pool)
      .claimDue(store: store.id, limit: limit, lease: settings.lease, onlyFound: isAdopting)
      .map { claim in Stage.Job("\(claim.id)") { await decide(claim) } }
  }

  private func decide(_ claim: ReferralRepository.Claim) async {
    var log = log
    log[metadataKey: "referral"] = "\(claim.id)"
    log[metadataKey: "order"] = "\(claim.orderID)"
    do {
      guard let order = try await store.client.order(claim.orderID) else {
        try await wait(
          claim, nil, rule: Self.foundRule, reason: Self.notFound,
          isOverdue: claim.isUnreadForLong, log)
        return
      }
      if let decidedOn = claim.review?.orderUpdatedAt,
        order.updatedAt.addingTimeInterval(Self.clockPrecision) < decidedOn
      {
        // From a replica that lags behind what sent the case to review.
        try await wait(
          claim, nil, rule: "order_read", reason: "the store shows an older state of the order",
          isOverdue: claim.isUnreadForLong, log)
        return
      }
      let book = terms.book
      if let outcome = try await adoption.attempt(claim, order, book) {
        try await end(claim, order, outcome, log)
      } else {
        try await settle(claim, order, book, log)
      }
    } catch let error as StoreError {
      log.warning("order not read", metadata: ["error": "\(error)"])
      await retry(claim, error, log)
    } catch let error as FactGathering.Failure where !Task.isCancelled {
      log.warning("facts not gathered", metadata: ["error": "\(error)"])
      metrics.decisions.add("waiting", Self.factsRule)
      let failures = claim.factFailures + 1
      await putBack(
        claim, after: settings.factRetry.steadyWait(beforeAttempt: failures),
        rule: Self.factsRule, reason: error.description, factFailures: failures, log)
    } catch {
      // The lease runs out by itself, and the referral is claimed again.
      log.error("order not decided", metadata: ["error": "\(error)"])
    }
  }

  private func end(
    _ claim: ReferralRepository.Claim, _ order: Order, _ outcome: Adoption.Outcome,
    _ log: Logger
  ) async throws {
    switch outcome {
    case .adopted:
      log.info("decided", metadata: ["outcome": "approved", "rule": "\(Adoption.rule)"])
      metrics.decisions.add("approved", Adoption.rule)
      metrics.decisionOutcomes.add("approve")
      approved()
    case .fell(let rule, let reason): noteRejection(rule, reason, log)
    case .waits(let reason):
      try await wait(
        claim, order, rule: Adoption.rule, reason: reason, isOverdue: claim.isUnreadForLong, log)
    case .lost:
      log.info("decision dropped: another worker has taken over")
    }
  }

  private func settle(
    _ claim: ReferralRepository.Claim, _ order: Order, _ book: TermsBook, _ log: Logger
  ) async throws {
    let examination = try await examine.order(order, referral: claim.id, book, claim: claim)
    // An order of the same buyer can be decided at the same moment. The ledger lets one of them
    // through; the other looks again and then sees it.
    for attempt in 1...3 {
      do {
        let outcome = try await writer.write(claim, order, book, examination)
        try await end(claim, order, outcome, log)
        switch outcome {
        case .approved, .rejected, .review: count(examination.judgement)
        case .waits, .held, .staysOpen, .unjudged, nil: break
        }
        return
      } catch let error as PostgresError where error.sqlState == "23505" && attempt < 3 {
        continue
      }
    }
  }

  private func end(
    _ claim: ReferralRepository.Claim, _ order: Order, _ outcome: DecisionWriter.Outcome?,
    _ log: Logger
  ) async throws {
    switch outcome {
    case .approved:
      log.info("decided", metadata: ["outcome": "approved"])
      metrics.decisions.add("approved", "none")
      metrics.decisionOutcomes.add("approve")
      approved()
    case .review(let rule, let reason):
      log.info(
        "decided", metadata: ["outcome": "review", "rule": "\(rule)", "reason": "\(reason)"])
      metrics.decisions.add("review", rule)
      metrics.decisionOutcomes.add("review")
    case .rejected(let rule, let reason): noteRejection(rule, reason, log)
    case .waits(Requirement.newCustomer.name, let reason):
      await waitForHistory(claim, reason: reason, log)
    case .waits(let rule, let reason):
      if claim.review?.isOpen == true {
        await keepOpen(claim, log)
      } else {
        try await wait(
          claim, order, rule: rule, reason: reason, isOverdue: claim.isUnreadForLong, log)
      }
    case .held(let reason):
      metrics.decisions.add("waiting", ReferralRepository.holdRule)
      log.info("held back", metadata: ["reason": "\(reason)"])
    case .staysOpen: await keepOpen(claim, log)
    case .unjudged:
      await putBack(
        claim, rule: DecisionWriter.reviewRule, reason: "the rules have to be asked",
        by: settings.recheck, log)
    case nil:
      log.info("decision dropped: another worker has taken over")
    }
  }

  private func noteRejection(_ rule: String, _ reason: String, _ log: Logger) {
    log.info(
      "decided", metadata: ["outcome": "rejected", "rule": "\(rule)", "reason": "\(reason)"])
    metrics.decisions.add("rejected", rule)
    metrics.decisionOutcomes.add("reject")
  }

  private func count(_ judgement: Judgement?) {
    for said in judgement?.outcomes ?? [] {
      metrics.ruleOutcomes.add(said.rule, said.result.rawValue, said.mode.rawValue)
    }
  }

  /// Leaves a case open to review, after some more looks: a replica can lag behind the event that
  /// called for this one.
  private func keepOpen(_ claim: ReferralRepository.Claim, _ log: Logger) async {
    log.debug("the case stays open to review")
    let isSure = claim.checks >= Self.looksInReview
    await putBack(
      claim, after: isSure ? nil : settings.recheck.wait(beforeAttempt: claim.checks), log)
  }

  /// Reads the order again soon; an order that could not be read for its whole time is given up.
  private func retry(
    _ claim: ReferralRepository.Claim, _ error: StoreError, _ log: Logger
  ) async {
    do {
      // After a long standstill one bad moment of the store is no reason to give up.
      if claim.isUnreadForLong && claim.checks >= Self.triesOnceOverdue {
        try await wait(
          claim, nil, rule: "order_read", reason: error.description, isOverdue: true, log)
      } else {
        // Nothing is known of the facts: what failed before has not come right.
        await putBack(
          claim, after: settings.retry.wait(beforeAttempt: claim.checks), rule: "order_read",
          reason: error.description, factFailures: claim.factFailures, log)
      }
    } catch {
      log.error("order not decided", metadata: ["error": "\(error)"])
    }
  }

  /// Looks again later, or gives an order up that has been waited for long enough.
  private func wait(
    _ claim: ReferralRepository.Claim, _ order: Order?, rule: String, reason: String,
    isOverdue: Bool, _ log: Logger
  ) async throws {
    if isOverdue {
      let reason = "\(reason) (after \(ReferralRepository.patience))"
      let isGivenUp = try await writer.giveUp(
        claim, order, terms.book, rule: rule, reason: reason)
      if isGivenUp { noteRejection(rule, reason, log) }
    } else {
      metrics.decisions.add("waiting", rule)
      log.info("waiting", metadata: ["rule": "\(rule)", "reason": "\(reason)"])
      await putBack(claim, rule: rule, reason: reason, by: settings.recheck, log)
    }
  }

  /// Looks again soon, however long it takes: that the past orders have not been read yet is no
  /// fault of this order's, and does not end it.
  private func waitForHistory(
    _ claim: ReferralRepository.Claim, reason: String, _ log: Logger
  ) async {
    metrics.decisions.add("waiting", Requirement.newCustomer.name)
    log.info(
      "waiting", metadata: ["rule": "\(Requirement.newCustomer.name)", "reason": "\(reason)"])
    let policy = RetryPolicy(
      base: settings.recheck.base, cap: min(settings.recheck.cap, Self.historyRecheck))
    await putBack(claim, rule: Requirement.newCustomer.name, reason: reason, by: policy, log)
  }

  private func putBack(
    _ claim: ReferralRepository.Claim, rule: String, reason: String, by policy: RetryPolicy,
    _ log: Logger
  ) async {
    await putBack(
      claim, after: policy.wait(beforeAttempt: claim.checks), rule: rule, reason: reason, log)
  }

  private func putBack(
    _ claim: ReferralRepository.Claim, after delay: Duration?, rule: String? = nil,
    reason: String? = nil, factFailures: Int = 0, _ log: Logger
  ) async {
    do {
      _ = try await ReferralRepository(pool).putBack(
        store: store.id, claim, after: delay, rule: rule, reason: reason, factFailures: factFailures
      )
    } catch {
      log.error("referral not put back", metadata: ["error": "\(error)"])
    }
  }
}

extension ReferralRepository.Claim {
  /// Whether what the store says of the order has been waited for longer than any is: in a review
  /// that counts from what was decided on.
  fileprivate var isUnreadForLong: Bool { review?.isOverdue ?? isOverdue }
}
