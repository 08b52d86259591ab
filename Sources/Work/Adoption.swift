import Domain
import FoundationEssentials
import Ledger
import Logging
import Postgres
import Rules
import SaleorAPI

/// Decides on an order whose rewards were found at the store: it was decided before, in a life that
/// the ledger has lost. The rules are not asked again; only an order that has fallen since has its
/// rewards taken back. What it had to bring in at the lost decision nobody knows.
struct Adoption: Sendable {
  /// What was decided.
  enum Outcome: Sendable {
    /// The rewards are taken over.
    case adopted
    /// The order fell, and the rewards are taken back.
    case fell(rule: String, reason: String)
    /// The rewards cannot be taken over now.
    case waits(String)
    /// The claim no longer holds.
    case lost
  }

  /// How the ledger and the metrics name the decision.
  static let rule = "adopted"
  private static let reason = "the reward was at the store already"

  /// A code that was found, and the reward that it is.
  private struct Found: Sendable {
    let code: FoundCodeRepository.Found
    let identity: RewardIdentity
    let keyID: String
    let grant: RewardGrant
  }

  private let pool: Pool
  private let store: ConnectedStore
  private let keys: RewardKeys
  private let log: Logger

  /// Works for `store`.
  init(
    pool: Pool, store: ConnectedStore, keys: RewardKeys, log: Logger
  ) {
    self.pool = pool
    self.store = store
    self.keys = keys
    self.log = log
  }

  /// Decides on the order of a claimed referral; `nil` when no code was found for any reward of it.
  /// - Throws: `StoreError`, `PostgresError`, `LedgerError`, `SigningError`.
  func attempt(
    _ claim: ReferralRepository.Claim, _ order: Order, _ book: TermsBook
  ) async throws -> Outcome? {
    let terms = book.terms(store: store.address, channel: order.channel)
    let own = try identities(of: claim.orderID, terms)
    let repository = FoundCodeRepository(pool)
    let all = try await repository.find(
      store: store.id, orderID: claim.orderID, rewardIDs: Array(own.keys))
    let codes = try all.compactMap { code in
      try identity(of: code, claim.orderID).map { (code, $0) }
        ?? own[code.rewardID].map { (code, $0) }
    }
    guard !all.isEmpty else { return nil }
    // It may be what the order was paid with: nothing else is paid beside it. Why it is not explained
    // is noted with it already.
    guard codes.count == all.count else {
      let problem = "a code at the store names this order, and is none that it can have earned"
      try await repository.postpone(
        store: store.id, rewardIDs: codes.map(\.0.rewardID), problem: problem)
      return .waits(problem)
    }
    let outcome = try await decide(claim, order, book, terms, codes)
    if case .waits(let problem) = outcome {
      try await repository.postpone(
        store: store.id, rewardIDs: codes.map(\.0.rewardID), problem: problem)
    }
    return outcome
  }

  /// The rewards that an order can have earned, by their ids: a code that no longer says whose it is
  /// is known by its reward's id.
  private func identities(
    of orderID: String, _ terms: Terms
  ) throws -> [UUID: RewardIdentity] {
    var identities: [UUID: RewardIdentity] = [:]
    for campaign in Set([Campaign.standardID] + terms.namedCampaigns.map(\.id)) {
      for role in RewardIdentity.Role.allCases {
        let identity = RewardIdentity(
          storeAddress: store.address.canonical, orderID: orderID, campaignID: campaign, role: role)
        identities[try RewardKeys.id(of: identity)] = identity
      }
    }
    return identities
  }

  /// What a code says that it is of this order, if its reward is that.
  private func identity(
    of code: FoundCodeRepository.Found, _ orderID: String
  ) throws -> RewardIdentity? {
    guard let role = code.role else { return nil }
    let identity = RewardIdentity(
      storeAddress: store.address.canonical, orderID: orderID, campaignID: code.campaignID,
      role: role)
    return try RewardKeys.id(of: identity) == code.rewardID ? identity : nil
  }

  private func decide(
    _ claim: ReferralRepository.Claim, _ order: Order, _ book: TermsBook, _ terms: Terms,
    _ codes: [(FoundCodeRepository.Found, RewardIdentity)]
  ) async throws -> Outcome {
    var found: [Found] = []
    for (code, identity) in codes {
      guard let keyID = try keys.keyID(of: identity, codeHash: code.codeHash) else {
        return .waits("the reward's code at the store is derived from none of LAUREL_CODE_KEY")
      }
      guard let grant = Self.grant(of: code, identity, order, terms) else {
        return .waits(
          "the reward is worth nothing at the store yet, and campaign \(identity.campaignID) does not "
            + "say what it would be")
      }
      found.append(Found(code: code, identity: identity, keyID: keyID, grant: grant))
    }
    guard order.userID != nil || order.email != nil else {
      return .waits("the store no longer tells who the buyer is")
    }
    let asksStore = found.compactMap { Self.campaign($0.identity.campaignID, terms) }
      .flatMap(\.offers).contains { $0.validity == .store }
    let storeValidity = asksStore ? try await store.client.giftCardValidity() : nil
    do {
      return try await write(claim, order, book, terms, found, storeValidity)
    } catch let error as PostgresError where error.sqlState == "23505" {
      return .waits("another order of the buyer was just decided")
    }
  }

  private func write(
    _ claim: ReferralRepository.Claim, _ order: Order, _ book: TermsBook, _ terms: Terms,
    _ found: [Found], _ storeValidity: RewardPeriod?
  ) async throws -> Outcome {
    let bucket = try RolloutBucket.of(store: store.address, referrerUserID: "")
    return try await pool.repeatedTransaction { session in
      let particulars = try await ReferralRepository.Particulars.of(
        order, nil, referral: claim.id, session, store, keys)
      let codes = FoundCodeRepository(session)
      try await BudgetRepository.hold(
        session, store: store.id, campaigns: Set(found.map(\.identity.campaignID)))
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
          reason: Self.reason, decidedAt: order.createdAt)
      }
      guard holds else { return .lost }
      for one in found {
        try await codes.adopt(
          store: store.id, one.code, identity: one.identity, referralID: claim.id, one.grant,
          codeKeyID: one.keyID, rolloutBucket: bucket, takeBackReason: takeBackReason)
      }
      if takeBackReason == nil {
        for grant in missing(found, order, terms, storeValidity)
        where grant.role != .friend || !particulars.isForgotten {
          let identity = RewardIdentity(
            storeAddress: store.address.canonical, orderID: order.id,
            campaignID: grant.campaignID, role: grant.role)
          _ = try await RewardRepository(session).insertIntent(
            store: store.id, id: RewardKeys.id(of: identity), identity: identity,
            referralID: claim.id, grant, codeKeyID: keys.newestID, rolloutBucket: bucket,
            birth: .creating)
        }
      }
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

  /// What the same decision gave beside the rewards that were found, by what the campaign says today:
  /// both rewards of an order are owed together, and the store may not have had this one yet, or has
  /// it under our code. A budget may be passed by it: it was decided before, within the budget.
  private func missing(
    _ found: [Found], _ order: Order, _ terms: Terms, _ storeValidity: RewardPeriod?
  ) -> [RewardGrant] {
    let roles = Dictionary(grouping: found, by: \.identity.campaignID)
    return roles.sorted { $0.key < $1.key }.flatMap { id, found in
      guard let campaign = Self.campaign(id, terms) else {
        log.warning(
          "rewards taken over of a campaign that is no more: what else it gave is not known",
          metadata: ["order": "\(order.id)", "campaign": "\(id)"])
        return [RewardGrant]()
      }
      let milestone = found.lazy.compactMap(\.code.milestone).first
      return campaign.offers.compactMap { offer in
        guard !found.contains(where: { $0.identity.role == offer.role }) else { return nil }
        // Which of the referrer's orders it was, only a milestone that was paid tells.
        if offer.amount.countsOrders && milestone == nil {
          log.warning(
            "rewards taken over: whether a milestone was owed beside them is not known",
            metadata: ["order": "\(order.id)", "campaign": "\(id)"])
          return nil
        }
        return RewardGrant(
          offer, of: campaign, spending: order.spending, ordinal: milestone ?? 1,
          storeValidity: storeValidity)
      }
    }
  }

  private static func campaign(_ id: String, _ terms: Terms) -> Campaign? {
    terms.namedCampaigns.first { $0.id == id }
      ?? (id == Campaign.standardID ? Campaign(terms.programme) : nil)
  }

  /// The store's amount and kind, for the rest what the campaign gives today. What is listed nowhere
  /// yet is worth that too; `nil` when neither says.
  private static func grant(
    of found: FoundCodeRepository.Found, _ identity: RewardIdentity, _ order: Order, _ terms: Terms
  ) -> RewardGrant? {
    let campaign = campaign(identity.campaignID, terms)
    let offer = campaign?.offers.first { $0.role == identity.role }
    var today: RewardGrant?
    // Which milestone it is for, only its metadata tells, which a voucher gets after it was made.
    if let campaign, let offer, !offer.amount.countsOrders || found.milestone != nil {
      today = RewardGrant(
        offer, of: campaign, spending: order.spending, ordinal: found.milestone ?? 1,
        storeValidity: nil)
    }
    var money = today?.money
    if let amount = found.amount, let currency = Currency(found.currency) {
      money = Money(amount: amount, currency: currency)
    }
    guard let money else { return nil }
    var grant = RewardGrant(
      campaignID: identity.campaignID, role: identity.role, kind: found.kind, money: money)
    grant.minimumSpend = offer?.voucher.minimumSpend[money.currency]
    grant.percentOff = found.percentOff ?? (found.amount == nil ? today?.percentOff : nil)
    grant.voucherCategories = offer?.voucher.categories ?? []
    grant.milestone = found.milestone
    grant.earnedPercent = today?.earnedPercent
    grant.earnedCap = today?.earnedCap
    return grant
  }
}
