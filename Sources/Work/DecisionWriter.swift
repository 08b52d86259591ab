import Domain
import Ledger
import Postgres
import Rules

/// Writes what is decided of an order: the referral, the reward that follows, the reasons and the
/// facts, with one transaction.
struct DecisionWriter: Sendable {
  /// What was written.
  enum Outcome: Sendable, Equatable {
    /// A reward is due.
    case approved
    /// Somebody has to look at the case.
    case review(rule: String, reason: String)
    /// No reward.
    case rejected(rule: String, reason: String)
    /// Nothing: not decidable yet.
    case waits(rule: String, reason: String)
    /// No decision yet: the rewards are held back.
    case held(reason: String)
    /// Nothing: the case stays open to review.
    case staysOpen
    /// Nothing: what forbade the reward before the transaction does so no more, and the rules have to
    /// be asked.
    case unjudged
  }

  /// How the ledger and the metrics name what somebody decided in a review.
  static let reviewRule = "review"
  /// How they name what was decided because nobody did in time.
  static let limitRule = "review_limit"

  /// The requirements by which an order falls.
  private static let falls = [Requirement.orderStands, .paymentStands].map(\.name)

  let store: ConnectedStore
  let keys: RewardKeys
  private let pool: Pool
  private let fence: LedgerFence
  private let examine: Examine

  /// Writes decisions on orders of `store`.
  init(
    pool: Pool, store: ConnectedStore, keys: RewardKeys, fence: LedgerFence, examine: Examine
  ) {
    self.pool = pool
    self.store = store
    self.keys = keys
    self.fence = fence
    self.examine = examine
  }

  /// Asks the requirements and the budgets again on the facts as one transaction sees them, and writes
  /// the outcome; `nil` when the claim no longer holds. Of an order that has to wait nothing is
  /// written here, but until when its rewards are held back.
  /// - Throws: `PostgresError`; SQLSTATE 23505 when another order of the buyer was faster;
  ///   `SigningError`, `LedgerError`.
  func write(
    _ claim: ReferralRepository.Claim, _ order: Order, _ book: TermsBook,
    _ examination: Examination
  ) async throws -> Outcome? {
    do {
      return try await attempt(claim, order, book, examination)
    } catch let first as CampaignDesk.BudgetsNotBegun {
      try await BudgetRepository(pool).begin(store: store.id, first.keys)
      return try await attempt(claim, order, book, examination)
    }
  }

  private func attempt(
    _ claim: ReferralRepository.Claim, _ order: Order, _ book: TermsBook,
    _ examination: Examination
  ) async throws -> Outcome? {
    let terms = book.terms(store: store.address, channel: order.channel)
    return try await pool.repeatedTransaction { session in
      let code = try await examine.namedCode(session, order)
      let particulars = try await ReferralRepository.Particulars.of(
        order, code, referral: claim.id, session, store, keys)
      // Whoever deletes his account is the same buyer.
      var order = order
      order.userID = particulars.customerID
      let facts = try await examine.facts(
        session, order, code, terms.conditions, examination.facts.history, holds: true,
        countsOrders: examination.campaigns?.countsOrders ?? false)
      let requirements = Decision.of(
        facts, by: Requirement.all(for: terms.conditions, wasPaid: claim.wasPaid))
      let standing = try await LedgerMarkRepository(session).find(store: store.id)
      guard fence.agrees(standing) else { return nil }
      let ruling: Ruling
      switch requirements {
      case .wait(let rule, let reason): return .waits(rule: rule, reason: reason)
      case .reject(let rule, let reason):
        ruling = Ruling(outcome: .reject, decidedBy: .requirement, rule: rule, reason: reason)
      case .approve:
        let finding = try await self.ruling(
          session, claim, order, facts, examination, terms, isForgotten: particulars.isForgotten)
        switch finding {
        case .write(let found): ruling = found
        case .end(let outcome): return outcome
        }
      }
      let referrals = ReferralRepository(session)
      let storeMayKnow = standing.storeMayKnow(order)
      let (outcome, holds): (Outcome, Bool)
      let (rule, reason) = (ruling.rule ?? Self.reviewRule, ruling.reason ?? "")
      switch ruling.outcome {
      case .approve:
        outcome = .approved
        let grants = ruling.award?.grants ?? []
        holds = try await referrals.approve(
          store: store.id, claim, particulars,
          minimumOrder: terms.conditions.minimumOrder(for: order, in: ruling.award?.campaign),
          rule: ruling.keptRule, reason: ruling.keptReason, campaign: ruling.award?.campaign.id,
          isOwed: !grants.isEmpty)
        if holds, let birth = RewardLife.birth(.due, storeMayKnow: storeMayKnow) {
          try await owe(
            session, claim, grants, birth, referrerUserID: facts.code?.referrerUserID ?? "")
        }
      case .review:
        outcome = .review(rule: rule, reason: reason)
        holds = try await referrals.review(
          store: store.id, claim, particulars, rule: rule, reason: reason,
          days: terms.review.days, campaign: ruling.award?.campaign.id)
      case .reject:
        outcome = .rejected(rule: rule, reason: reason)
        let fell: Bool
        if case .reject(let rule, _) = requirements {
          fell = Self.falls.contains(rule)
        } else {
          fell = false
        }
        if fell { try await holdBudgetsToSilence(session, book, storeMayKnow: storeMayKnow) }
        holds = try await referrals.reject(
          store: store.id, claim, particulars, rule: rule, reason: reason)
        if holds, fell {
          try await silence(
            session, claim, order, book, storeMayKnow: storeMayKnow, fall: reason)
        }
      }
      guard holds else { return nil }
      try await DecisionRepository(session).save(
        store: store.id, referralID: claim.id,
        .init(
          book, terms, order, ruling, examination,
          forgets: particulars.isForgotten ? Signal.ofBuyersPerson : []))
      if let traces = examination.gathered?.traces, !particulars.isForgotten {
        try await TraceRepository(session).record(store: store.id, referral: claim.id, traces)
      }
      // Who is forgotten while this is written: the referrer too, where the facts tell of him.
      let buyer = particulars.isForgotten ? nil : particulars.customerID
      let referrer = examination.facts.code.flatMap { code in
        code.referrerEmail.normalized == ErasureRepository.noAddress ? nil : code.referrerUserID
      }
      try await ErasureRepository(session).eraseAgain(
        store: store.id, [buyer, referrer].compactMap(\.self))
      return outcome
    }
  }

  /// Rejects an order that was waited for long enough; `order` as far as it could be read. Returns
  /// false when the claim no longer holds.
  /// - Throws: `PostgresError`, `SigningError`.
  func giveUp(
    _ claim: ReferralRepository.Claim, _ order: Order?, _ book: TermsBook, rule: String,
    reason: String
  ) async throws -> Bool {
    let terms = order.map { book.terms(store: store.address, channel: $0.channel) } ?? book.standard
    return try await pool.repeatedTransaction { session in
      let standing = try await LedgerMarkRepository(session).find(store: store.id)
      guard fence.agrees(standing) else { return false }
      let storeMayKnow = standing.storeMayKnow(order)
      try await holdBudgetsToSilence(session, book, storeMayKnow: storeMayKnow)
      guard
        try await ReferralRepository(session).reject(
          store: store.id, claim, nil, rule: rule, reason: reason)
      else { return false }
      try await silence(
        session, claim, order, book, storeMayKnow: storeMayKnow, fall: reason)
      let ruling = Ruling(outcome: .reject, decidedBy: .requirement, rule: rule, reason: reason)
      try await DecisionRepository(session).save(
        store: store.id, referralID: claim.id, .init(book, terms, order, ruling))
      return true
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
