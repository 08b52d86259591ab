package import Domain
import Ledger
package import Logging
package import Monitoring
package import Postgres
package import Rules
import SaleorAPI

/// Second stage: reads an order back from the store, asks the rules, and writes the decision and
/// the reward that follows with one transaction.
package struct Decide: Sendable {
  private let pool: Pool
  private let store: ConnectedStore
  private let programme: Programme
  private let conditions: Conditions
  private let rules: [Rule]
  private let keys: RewardKeys
  private let settings: WorkSettings
  private let metrics: Metrics
  private let log: Logger
  private let purchases: PurchaseHistory
  private let approved: @Sendable () -> Void

  /// How often an order that cannot be read is tried, however long that takes.
  private static let triesOnceOverdue = 10

  /// Decides for `store` by the rules of `conditions`; calls `approved` when a reward is owed.
  package init(
    pool: Pool, store: ConnectedStore, programme: Programme, conditions: Conditions,
    keys: RewardKeys, settings: WorkSettings, metrics: Metrics, log: Logger,
    approved: @escaping @Sendable () -> Void
  ) {
    self.pool = pool
    self.store = store
    self.programme = programme
    self.conditions = conditions
    rules = Rule.all(for: conditions)
    purchases = PurchaseHistory(client: store.client)
    self.keys = keys
    self.settings = settings
    self.metrics = metrics
    self.log = log
    self.approved = approved
  }

  /// Claims up to `limit` referrals that are due.
  /// - Throws: `PostgresError`.
  package func claim(_ limit: Int) async throws -> [Stage.Job] {
    try await ReferralRepository(pool)
      .claimDue(store: store.id, limit: limit, lease: settings.lease)
      .map { claim in { await decide(claim) } }
  }

  private func decide(_ claim: ReferralRepository.Claim) async {
    var log = log
    log[metadataKey: "referral"] = "\(claim.id)"
    log[metadataKey: "order"] = "\(claim.orderID)"
    do {
      guard let order = try await store.client.order(claim.orderID) else {
        try await wait(claim, rule: "order_found", reason: "the store knows no such order", log)
        return
      }
      try await settle(claim, order, log)
    } catch let error as StoreError {
      log.warning("order not read", metadata: ["error": "\(error)"])
      await retry(claim, error, log)
    } catch {
      // The lease runs out by itself, and the referral is claimed again.
      log.error("order not decided", metadata: ["error": "\(error)"])
    }
  }

  private func settle(
    _ claim: ReferralRepository.Claim, _ order: Order, _ log: Logger
  ) async throws {
    let history =
      conditions.newCustomersOnly ? try await purchases.before(order) : Facts.History.unknown
    // An order of the same buyer can be decided at the same moment. The ledger lets one of them
    // through; the other looks again and then sees it.
    for attempt in 1...3 {
      do {
        switch try await writeDecision(claim, order, history) {
        case .approve:
          log.info("decided", metadata: ["outcome": "approved"])
          metrics.decisions.add("approved", "none")
          approved()
        case .reject(let rule, let reason):
          log.info(
            "decided", metadata: ["outcome": "rejected", "rule": "\(rule)", "reason": "\(reason)"])
          metrics.decisions.add("rejected", rule)
        case .wait(let rule, let reason):
          try await wait(claim, rule: rule, reason: reason, log)
        case nil:
          log.info("decision dropped: another worker has taken over")
        }
        return
      } catch let error as PostgresError where error.sqlState == "23505" && attempt < 3 {
        continue
      }
    }
  }

  /// Decides on the facts as this transaction sees them and writes the outcome; `nil` when the
  /// claim no longer holds. Of an order that has to wait nothing is written here.
  private func writeDecision(
    _ claim: ReferralRepository.Claim, _ order: Order, _ history: Facts.History
  ) async throws -> Decision? {
    try await pool.transaction { session in
      let referrals = ReferralRepository(session)
      let code = try await namedCode(session, order)
      let particulars = ReferralRepository.Particulars(
        code: code, orderNumber: order.number, customerID: order.userID, email: order.email,
        orderUpdatedAt: order.updatedAt)
      let facts = try await facts(session, order, code, history)
      let decision = Decision.of(facts, by: rules)
      let holds: Bool
      switch decision {
      case .approve:
        holds = try await referrals.approve(store: store.id, claim, particulars)
        if holds { try await owe(session, claim, referrerUserID: facts.code?.referrerUserID ?? "") }
      case .reject(let rule, let reason):
        holds = try await referrals.reject(
          store: store.id, claim, particulars, rule: rule, reason: reason)
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
    _ history: Facts.History
  ) async throws -> Facts {
    var facts = Facts(order: order, code: nil, history: history)
    let isLimited = conditions.dailyLimit != nil || conditions.monthlyLimit != nil
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
    let mailboxes = try order.email.map { email in
      try [email.mailbox] + keys.pseudonyms(of: email.mailbox, store: store.address)
    }
    facts.earlier = try await referrals.earlier(
      store: store.id, orderID: order.id, customerID: order.userID, mailboxes: mailboxes ?? []
    ).map { Facts.Earlier(orderID: $0.orderID, orderNumber: $0.orderNumber, code: $0.code) }
    if conditions.newCustomersOnly, let mailboxes,
      let earlier = try await BuyerRepository(session).earlierOrder(
        store: store.id, mailboxes: mailboxes, before: order.createdAt, otherThan: order.id)
    {
      facts.history = .order(earlier)
    }
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

  private func owe(
    _ session: any PostgresSession, _ claim: ReferralRepository.Claim, referrerUserID: String
  ) async throws {
    let identity = RewardIdentity(
      storeAddress: store.address.canonical, orderID: claim.orderID)
    try await RewardRepository(session).insertIntent(
      store: store.id, id: try RewardKeys.id(of: identity), identity: identity,
      referralID: claim.id, programme: programme, codeKeyID: keys.newestID,
      rolloutBucket: try RolloutBucket.of(store: store.address, referrerUserID: referrerUserID))
  }

  /// Reads the order again soon; an order that could not be read for its whole time is given up.
  private func retry(
    _ claim: ReferralRepository.Claim, _ error: StoreError, _ log: Logger
  ) async {
    do {
      // After a long standstill one bad moment of the store is no reason to give up.
      if claim.isOverdue && claim.checks >= Self.triesOnceOverdue {
        try await wait(claim, rule: "order_read", reason: error.description, log)
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
    _ claim: ReferralRepository.Claim, rule: String, reason: String, _ log: Logger
  ) async throws {
    if claim.isOverdue {
      let reason = "\(reason) (after \(ReferralRepository.patience))"
      _ = try await ReferralRepository(pool).reject(
        store: store.id, claim, nil, rule: rule, reason: reason)
      log.info(
        "decided", metadata: ["outcome": "rejected", "rule": "\(rule)", "reason": "\(reason)"])
      metrics.decisions.add("rejected", rule)
    } else {
      metrics.decisions.add("waiting", rule)
      log.info("waiting", metadata: ["rule": "\(rule)", "reason": "\(reason)"])
      await putBack(claim, rule: rule, reason: reason, by: settings.recheck, log)
    }
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
