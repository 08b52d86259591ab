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

  private let pool: Pool
  private let store: ConnectedStore
  private let keys: RewardKeys
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

  /// What is written of a case that meets the requirements.
  private struct Ruling {
    let outcome: DecisionRepository.Outcome
    let decidedBy: DecisionRepository.Source
    let rule: String?
    let reason: String?
  }

  /// Asks the requirements again on the facts as this transaction sees them, and writes the outcome;
  /// `nil` when the claim no longer holds. Of an order that has to wait nothing is written here.
  /// - Throws: `PostgresError`; SQLSTATE 23505 when another order of the buyer was faster;
  ///   `SigningError`.
  func write(
    _ claim: ReferralRepository.Claim, _ order: Order, _ book: TermsBook,
    _ examination: Examination
  ) async throws -> Outcome? {
    let terms = book.terms(store: store.address, channel: order.channel)
    return try await pool.transaction { session in
      let code = try await examine.namedCode(session, order)
      let particulars = try await ReferralRepository.Particulars.of(
        order, code, claim, session, store, keys)
      // Whoever deletes his account is the same buyer.
      var order = order
      order.userID = particulars.customerID
      let facts = try await examine.facts(
        session, order, code, terms.conditions, examination.facts.history, holds: true)
      let requirements = Decision.of(
        facts, by: Requirement.all(for: terms.conditions, isReviewed: claim.review != nil))
      let standing = try await LedgerMarkRepository(session).find(store: store.id)
      guard fence.agrees(standing) else { return nil }
      let ruling: Ruling
      switch requirements {
      case .wait(let rule, let reason): return .waits(rule: rule, reason: reason)
      case .reject(let rule, let reason):
        ruling = Ruling(outcome: .reject, decidedBy: .requirement, rule: rule, reason: reason)
      case .approve:
        switch Self.ruling(claim.review, examination.judgement, terms.review) {
        case .some(let found): ruling = found
        case nil: return claim.review == nil ? .unjudged : .staysOpen
        }
      }
      let referrals = ReferralRepository(session)
      let storeMayKnow = standing.storeMayKnow(order)
      let (outcome, holds): (Outcome, Bool)
      let (rule, reason) = (ruling.rule ?? Self.reviewRule, ruling.reason ?? "")
      switch ruling.outcome {
      case .approve:
        outcome = .approved
        holds = try await referrals.approve(
          store: store.id, claim, particulars, minimumOrder: terms.conditions.minimumOrder,
          rule: ruling.decidedBy == .rules ? nil : ruling.rule,
          reason: ruling.decidedBy == .rules ? nil : ruling.reason)
        if holds {
          try await owe(
            session, claim, terms, .due, storeMayKnow: storeMayKnow,
            referrerUserID: facts.code?.referrerUserID ?? "")
        }
      case .review:
        outcome = .review(rule: rule, reason: reason)
        holds = try await referrals.review(
          store: store.id, claim, particulars, rule: rule, reason: reason,
          days: terms.review.days)
      case .reject:
        outcome = .rejected(rule: rule, reason: reason)
        holds = try await referrals.reject(
          store: store.id, claim, particulars, rule: rule, reason: reason)
        if holds, case .reject(let rule, _) = requirements, Self.falls.contains(rule) {
          try await owe(session, claim, terms, .fell, storeMayKnow: storeMayKnow, fall: reason)
        }
      }
      guard holds else { return nil }
      try await DecisionRepository(session).save(
        store: store.id, referralID: claim.id,
        .init(
          book, terms, order, ruling.outcome, by: ruling.decidedBy, rule: ruling.rule,
          reason: ruling.reason, examination,
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

  /// What follows for a case that meets the requirements; `nil` when nothing can be written yet.
  private static func ruling(
    _ review: ReferralRepository.Review?, _ judgement: Judgement?, _ terms: ReviewTerms
  ) -> Ruling? {
    if let review {
      if review.isApproved {
        return Ruling(
          outcome: .approve, decidedBy: .person, rule: reviewRule,
          reason: review.note ?? "approved after a review")
      }
      guard review.isOver else { return nil }
      let isApproved = terms.otherwise == .approve
      return Ruling(
        outcome: isApproved ? .approve : .reject, decidedBy: .limit, rule: limitRule,
        reason: "nobody decided in time")
    }
    return judgement.map { judgement in
      let outcome: DecisionRepository.Outcome =
        switch judgement.outcome {
        case .approve: .approve
        case .review: .review
        case .reject: .reject
        }
      let score = "the rules that hit add up to \(judgement.score)"
      return Ruling(
        outcome: outcome, decidedBy: .rules, rule: judgement.rule,
        reason: judgement.reason ?? (outcome == .approve ? nil : score))
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
    return try await pool.transaction { session in
      let standing = try await LedgerMarkRepository(session).find(store: store.id)
      guard fence.agrees(standing),
        try await ReferralRepository(session).reject(
          store: store.id, claim, nil, rule: rule, reason: reason)
      else { return false }
      try await owe(
        session, claim, terms, .fell, storeMayKnow: standing.storeMayKnow(order), fall: reason)
      try await DecisionRepository(session).save(
        store: store.id, referralID: claim.id,
        .init(book, terms, order, .reject, by: .requirement, rule: rule, reason: reason))
      return true
    }
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
    var grant = RewardGrant(
      campaignID: identity.campaignID, role: identity.role, kind: terms.programme.kind,
      money: terms.programme.reward)
    grant.validity = terms.programme.validityDays.map { RewardPeriod(count: $0, unit: .day) }
    grant.minimumSpend = terms.programme.minimumSpend
    let id = try RewardKeys.id(of: identity)
    let isNew = try await RewardRepository(session).insertIntent(
      store: store.id, id: id, identity: identity, referralID: claim.id, grant,
      codeKeyID: keys.newestID,
      rolloutBucket: try RolloutBucket.of(store: store.address, referrerUserID: referrerUserID),
      birth: birth, fall: fall)
    if !isNew, let fall {
      _ = try await TakeBackRepository(session).takeBack(
        store: store.id, reward: id, in: Set(RewardLife.State.allCases), reason: fall)
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
