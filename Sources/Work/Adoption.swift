import Domain
import Ledger
import Postgres
import Rules
import SaleorAPI

/// Decides on an order whose reward was found at the store: it was decided before, in a life that
/// the ledger has lost. The rules are not asked again; only an order that has fallen since has its
/// reward taken back. What it had to bring in at the lost decision nobody knows.
struct Adoption: Sendable {
  /// What was decided.
  enum Outcome: Sendable {
    /// The reward is taken over.
    case adopted
    /// The order fell, and the reward is taken back.
    case fell(rule: String, reason: String)
    /// The reward cannot be taken over now.
    case waits(String)
    /// The claim no longer holds.
    case lost
  }

  /// How the ledger and the metrics name the decision.
  static let rule = "adopted"
  private static let reason = "the reward was at the store already"

  private let pool: Pool
  private let store: ConnectedStore
  private let keys: RewardKeys

  /// Works for `store`.
  init(
    pool: Pool, store: ConnectedStore, keys: RewardKeys
  ) {
    self.pool = pool
    self.store = store
    self.keys = keys
  }

  /// Decides on the order of a claimed referral; `nil` when no code was found for its reward.
  /// - Throws: `PostgresError`, `LedgerError`, `SigningError`.
  func attempt(
    _ claim: ReferralRepository.Claim, _ order: Order, _ book: TermsBook
  ) async throws -> Outcome? {
    let identity = RewardIdentity(
      storeAddress: store.address.canonical, orderID: claim.orderID)
    let codes = FoundCodeRepository(pool)
    guard let found = try await codes.find(store: store.id, rewardID: RewardKeys.id(of: identity))
    else { return nil }
    let outcome = try await decide(claim, order, book, identity, found)
    if case .waits(let problem) = outcome {
      try await codes.postpone(store: store.id, rewardID: found.rewardID, problem: problem)
    }
    return outcome
  }

  private func decide(
    _ claim: ReferralRepository.Claim, _ order: Order, _ book: TermsBook,
    _ identity: RewardIdentity, _ found: FoundCodeRepository.Found
  ) async throws -> Outcome {
    guard let keyID = try keys.keyID(of: identity, codeHash: found.codeHash) else {
      return .waits("the reward's code at the store is derived from none of LAUREL_CODE_KEY")
    }
    guard order.userID != nil || order.email != nil else {
      return .waits("the store no longer tells who the buyer is")
    }
    do {
      return try await write(claim, order, book, identity, found, keyID: keyID)
    } catch let error as PostgresError where error.sqlState == "23505" {
      return .waits("another order of the buyer was just decided")
    }
  }

  private func write(
    _ claim: ReferralRepository.Claim, _ order: Order, _ book: TermsBook,
    _ identity: RewardIdentity, _ found: FoundCodeRepository.Found, keyID: String
  ) async throws -> Outcome {
    let terms = book.terms(store: store.address, channel: order.channel)
    let bucket = try RolloutBucket.of(store: store.address, referrerUserID: "")
    return try await pool.transaction { session in
      let particulars = try await ReferralRepository.Particulars.of(
        order, nil, claim, session, store, keys)
      let referrals = ReferralRepository(session)
      let outcome: Outcome
      var takeBackReason: String?
      let holds: Bool
      switch Decision.of(
        Facts(order: order, code: nil), by: Requirement.standing(minimumOrder: nil))
      {
      case .reject(let rule, let reason):
        outcome = .fell(rule: rule, reason: reason)
        takeBackReason = reason
        holds = try await referrals.reject(
          store: store.id, claim, particulars, rule: rule, reason: reason)
      case .approve, .wait:
        let earlier = try await referrals.earlier(
          store: store.id, orderID: order.id, customerID: particulars.customerID,
          mailboxes: try keys.mailboxes(of: order.email, store: store.address))
        if let other = earlier.first(where: { $0.orderID != order.id }) {
          return .waits("order \(other.orderNumber) of the same buyer has earned a reward too")
        }
        outcome = .adopted
        holds = try await referrals.approve(
          store: store.id, claim, particulars, minimumOrder: nil, rule: Self.rule,
          reason: Self.reason)
      }
      guard holds else { return .lost }
      try await FoundCodeRepository(session).adopt(
        store: store.id, found, identity: identity, referralID: claim.id,
        Self.grant(of: found, identity, terms.programme), codeKeyID: keyID,
        rolloutBucket: bucket, takeBackReason: takeBackReason)
      let isFallen = takeBackReason != nil
      try await DecisionRepository(session).save(
        store: store.id, referralID: claim.id,
        .init(
          book, terms, order, isFallen ? .reject : .approve, by: .adoption, rule: Self.rule,
          reason: takeBackReason ?? Self.reason))
      if !particulars.isForgotten {
        try await ErasureRepository(session).eraseAgain(
          store: store.id, [particulars.customerID].compactMap(\.self))
      }
      return outcome
    }
  }

  /// The store's amount and kind, for the rest what the programme of today gives. What is listed
  /// nowhere yet is worth that too.
  private static func grant(
    of found: FoundCodeRepository.Found, _ identity: RewardIdentity, _ programme: Programme
  ) -> RewardGrant {
    var money = programme.reward
    if let amount = found.amount, let currency = Currency(found.currency) {
      money = Money(amount: amount, currency: currency)
    }
    var grant = RewardGrant(
      campaignID: identity.campaignID, role: identity.role, kind: found.kind, money: money)
    grant.validity = programme.validityDays.map { RewardPeriod(count: $0, unit: .day) }
    grant.minimumSpend = programme.minimumSpend
    return grant
  }
}
