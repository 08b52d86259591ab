import Domain
import Ledger
package import Logging
package import Monitoring
package import Postgres
import Rules
import SaleorAPI

/// Second stage: reads an order back from the store, asks the rules, and writes the decision and
/// the reward that follows with one transaction.
package struct Decide: Sendable {
  private let pool: Pool
  private let store: ConnectedStore
  private let terms: CurrentTerms
  private let keys: RewardKeys
  private let fence: LedgerFence
  private let settings: WorkSettings
  private let metrics: Metrics
  private let log: Logger
  private let purchases: PurchaseHistory
  private let adoption: Adoption
  private let approved: @Sendable () -> Void

  /// How often an order that cannot be read is tried, however long that takes.
  private static let triesOnceOverdue = 10
  /// How long a decision that waits for the past orders waits at most before it is looked at again:
  /// they are read within minutes, in a very large shop within hours.
  private static let historyRecheck: Duration = .seconds(300)

  /// Decides for `store` by the terms that hold when it looks at an order; calls `approved` when a reward is owed.
  package init(
    pool: Pool, store: ConnectedStore, terms: CurrentTerms,
    keys: RewardKeys, fence: LedgerFence, settings: WorkSettings, metrics: Metrics, log: Logger,
    approved: @escaping @Sendable () -> Void
  ) {
    self.pool = pool
    self.store = store
    self.terms = terms
    purchases = PurchaseHistory(client: store.client)
    adoption = Adoption(
      pool: pool, store: store, keys: keys)
    self.keys = keys
    self.fence = fence
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
          claim, nil, rule: "order_found", reason: "the store knows no such order", log)
        return
      }
      let terms = terms(for: order)
      if let outcome = try await adoption.attempt(claim, order, terms.programme) {
        try await end(claim, order, outcome, log)
      } else {
        try await settle(claim, order, terms, log)
      }
    } catch let error as StoreError {
      log.warning("order not read", metadata: ["error": "\(error)"])
      await retry(claim, error, log)
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
      approved()
    case .fell(let rule, let reason):
      log.info(
        "decided", metadata: ["outcome": "rejected", "rule": "\(rule)", "reason": "\(reason)"])
      metrics.decisions.add("rejected", rule)
    case .waits(let reason):
      try await wait(claim, order, rule: Adoption.rule, reason: reason, log)
    case .lost:
      log.info("decision dropped: another worker has taken over")
    }
  }

  private func settle(
    _ claim: ReferralRepository.Claim, _ order: Order, _ terms: Terms, _ log: Logger
  ) async throws {
    let history = try await history(order, terms)
    // An order of the same buyer can be decided at the same moment. The ledger lets one of them
    // through; the other looks again and then sees it.
    for attempt in 1...3 {
      do {
        switch try await writeDecision(claim, order, terms, history) {
        case .approve:
          log.info("decided", metadata: ["outcome": "approved"])
          metrics.decisions.add("approved", "none")
          approved()
        case .reject(let rule, let reason):
          log.info(
            "decided", metadata: ["outcome": "rejected", "rule": "\(rule)", "reason": "\(reason)"])
          metrics.decisions.add("rejected", rule)
        case .wait(Requirement.newCustomer.name, let reason):
          await waitForHistory(claim, reason: reason, log)
        case .wait(let rule, let reason):
          try await wait(claim, order, rule: rule, reason: reason, log)
        case nil:
          log.info("decision dropped: another worker has taken over")
        }
        return
      } catch let error as PostgresError where error.sqlState == "23505" && attempt < 3 {
        continue
      }
    }
  }

  /// What the buyer bought before, where that matters: as the ledger and the store know it.
  private func history(_ order: Order, _ terms: Terms) async throws -> Facts.History {
    guard terms.conditions.newCustomersOnly else { return .unknown }
    // Asked first: what the reading finds after this is not in the record below.
    let progress =
      settings.waitsForHistory
      ? try await HistoryRepository(pool).progress(store: store.id) : nil
    let recorded = try await BuyerRepository(pool).earlierOrders(
      store: store.id, customerID: order.userID,
      mailboxes: try keys.mailboxes(of: order.email, store: store.address),
      before: order.createdAt, otherThan: order.id)
    let found = try await purchases.before(order, recorded: recorded)
    if case .order = found { return found }
    guard settings.waitsForHistory, progress?.isComplete != true else { return found }
    let of = progress?.total.map { " of \($0)" } ?? ""
    let error = progress?.lastError.map { ", then \($0)" } ?? ""
    return .unread("\(progress?.seen ?? 0)\(of) orders\(error)")
  }

  /// Decides on the facts as this transaction sees them and writes the outcome; `nil` when the
  /// claim no longer holds. Of an order that has to wait nothing is written here.
  private func writeDecision(
    _ claim: ReferralRepository.Claim, _ order: Order, _ terms: Terms, _ history: Facts.History
  ) async throws -> Decision? {
    try await pool.transaction { session in
      let referrals = ReferralRepository(session)
      let code = try await namedCode(session, order)
      let particulars = ReferralRepository.Particulars(
        code: code, orderNumber: order.number, customerID: order.userID, email: order.email,
        orderUpdatedAt: order.updatedAt)
      let facts = try await facts(session, order, code, terms, history)
      let decision = Decision.of(facts, by: Requirement.all(for: terms.conditions))
      let standing = try await LedgerMarkRepository(session).find(store: store.id)
      guard fence.agrees(standing) else { return nil }
      let storeMayKnow = standing.storeMayKnow(order)
      let holds: Bool
      switch decision {
      case .approve:
        holds = try await referrals.approve(
          store: store.id, claim, particulars, minimumOrder: terms.conditions.minimumOrder)
        if holds {
          try await owe(
            session, claim, terms, .due, storeMayKnow: storeMayKnow,
            referrerUserID: facts.code?.referrerUserID ?? "")
        }
      case .reject(let rule, let reason):
        holds = try await referrals.reject(
          store: store.id, claim, particulars, rule: rule, reason: reason)
        if holds && rule == Requirement.orderStands.name {
          try await owe(session, claim, terms, .fell, storeMayKnow: storeMayKnow, fall: reason)
        }
      case .wait:
        holds = true
      }
      return holds ? decision : nil
    }
  }

  /// What is known of the order now. With a limit in force, other decisions about the same code
  /// wait for this one.
  private func facts(
    _ session: any PostgresSession, _ order: Order, _ code: ReferralCode?,
    _ terms: Terms, _ history: Facts.History
  ) async throws -> Facts {
    var facts = Facts(order: order, code: nil, history: history)
    let isLimited = terms.conditions.dailyLimit != nil || terms.conditions.monthlyLimit != nil
    let codes = CodeRepository(session)
    let referrals = ReferralRepository(session)
    if let code,
      let record = isLimited
        ? try await codes.hold(store: store.id, code: code)
        : try await codes.find(store: store.id, code: code)
    {
      facts.code = Facts.Code(
        code: record.code, isActive: record.isActive, referrerUserID: record.referrerUserID,
        referrerEmail: record.referrerEmail)
      if isLimited {
        let tally = try await referrals.tally(store: store.id, code: code)
        facts.tally = Facts.Tally(today: tally.today, thisMonth: tally.thisMonth)
      }
    }
    facts.earlier = try await referrals.earlier(
      store: store.id, orderID: order.id, customerID: order.userID,
      mailboxes: try keys.mailboxes(of: order.email, store: store.address)
    ).map { Facts.Earlier(orderID: $0.orderID, orderNumber: $0.orderNumber, code: $0.code) }
    return facts
  }

  /// The code that the order names, else the one that its buyer is bound to.
  private func namedCode(
    _ session: any PostgresSession, _ order: Order
  ) async throws -> ReferralCode? {
    let text = order.referralCodeText?.trimmingSpace() ?? ""
    guard text.isEmpty else { return ReferralCode(typed: text) }
    let codes = try await BindingRepository(session)
      .codes(store: store.id, buyers: [(order.userID, order.email)])
    return codes[0]
  }

  /// Writes the reward that follows from a decision, if any does. Of an order that fell it may be
  /// one that a life of the ledger which is lost has issued: that one is made worthless.
  private func owe(
    _ session: any PostgresSession, _ claim: ReferralRepository.Claim, _ terms: Terms,
    _ verdict: RewardLife.Verdict, storeMayKnow: Bool, referrerUserID: String = "",
    fall: String? = nil
  ) async throws {
    guard let birth = RewardLife.birth(verdict, storeMayKnow: storeMayKnow) else { return }
    let identity = RewardIdentity(
      storeAddress: store.address.canonical, orderID: claim.orderID)
    let id = try RewardKeys.id(of: identity)
    let isNew = try await RewardRepository(session).insertIntent(
      store: store.id, id: id, identity: identity, referralID: claim.id, programme: terms.programme,
      codeKeyID: keys.newestID,
      rolloutBucket: try RolloutBucket.of(store: store.address, referrerUserID: referrerUserID),
      birth: birth, fall: fall)
    if !isNew, let fall {
      _ = try await TakeBackRepository(session).takeBack(
        store: store.id, reward: id, in: Set(RewardLife.State.allCases), reason: fall)
    }
  }

  /// Reads the order again soon; an order that could not be read for its whole time is given up.
  private func retry(
    _ claim: ReferralRepository.Claim, _ error: StoreError, _ log: Logger
  ) async {
    do {
      // After a long standstill one bad moment of the store is no reason to give up.
      if claim.isOverdue && claim.checks >= Self.triesOnceOverdue {
        try await wait(claim, nil, rule: "order_read", reason: error.description, log)
      } else {
        await putBack(
          claim, rule: "order_read", reason: error.description, by: settings.retry, log)
      }
    } catch {
      log.error("order not decided", metadata: ["error": "\(error)"])
    }
  }

  /// Looks again later, or gives an order up that has been waited for long enough.
  private func wait(
    _ claim: ReferralRepository.Claim, _ order: Order?, rule: String, reason: String,
    _ log: Logger
  ) async throws {
    if claim.isOverdue {
      let reason = "\(reason) (after \(ReferralRepository.patience))"
      guard try await giveUp(claim, order, rule: rule, reason: reason) else { return }
      log.info(
        "decided", metadata: ["outcome": "rejected", "rule": "\(rule)", "reason": "\(reason)"])
      metrics.decisions.add("rejected", rule)
    } else {
      metrics.decisions.add("waiting", rule)
      log.info("waiting", metadata: ["rule": "\(rule)", "reason": "\(reason)"])
      await putBack(claim, rule: rule, reason: reason, by: settings.recheck, log)
    }
  }

  /// Rejects an order that was waited for long enough. Returns false when the claim no longer holds.
  private func giveUp(
    _ claim: ReferralRepository.Claim, _ order: Order?, rule: String, reason: String
  ) async throws -> Bool {
    try await pool.transaction { session in
      let standing = try await LedgerMarkRepository(session).find(store: store.id)
      guard fence.agrees(standing),
        try await ReferralRepository(session).reject(
          store: store.id, claim, nil, rule: rule, reason: reason)
      else { return false }
      try await owe(
        session, claim, terms(for: order), .fell, storeMayKnow: standing.storeMayKnow(order),
        fall: reason)
      return true
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

  /// What holds for an order; without one, what holds where no section does.
  private func terms(for order: Order?) -> Terms {
    let book = terms.book
    return order.map { book.terms(store: store.address, channel: $0.channel) } ?? book.standard
  }

  private func putBack(
    _ claim: ReferralRepository.Claim, rule: String, reason: String, by policy: RetryPolicy,
    _ log: Logger
  ) async {
    do {
      _ = try await ReferralRepository(pool).putBack(
        store: store.id, claim, after: policy.wait(beforeAttempt: claim.checks), rule: rule,
        reason: reason)
    } catch {
      log.error("referral not put back", metadata: ["error": "\(error)"])
    }
  }
}

extension LedgerMarkRepository.Standing? {
  /// Whether a life of the ledger that is lost may have decided an order, and told the store.
  fileprivate func storeMayKnow(_ order: Order?) -> Bool {
    guard let restoredAt = self?.restoredAt else { return false }
    return order.map { $0.createdAt <= restoredAt } ?? true
  }
}
