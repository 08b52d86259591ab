package import Domain
package import Ledger
package import Postgres
package import Rules
import SaleorAPI

/// What is known of one order, and what the requirements and the rules say of it.
package struct Examination: Sendable {
  /// What the requirements rest on.
  package let facts: Facts
  /// What the requirements say, and the conditions of the campaigns where they were asked.
  package let decision: Decision
  /// The campaigns that the order can belong to; `nil` when the requirements refuse it, or nothing is
  /// decided now.
  package let campaigns: CampaignSelection?
  /// Which of them it is, as the ledger stands now; `nil` without `campaigns`.
  package let settlement: CampaignDesk.Settlement?
  /// What the rules rest on; `nil` when it was not gathered.
  package var gathered: FactGathering.Gathered?
  /// What the rules say; `nil` when they were not asked.
  package var judgement: Judgement?

  /// What would be decided without the rules, with the budgets and limits as they stand now.
  package var outlook: Decision {
    guard decision == .approve, let settlement else { return decision }
    guard let award = settlement.award else {
      return .reject(
        rule: CampaignSelection.rule, reason: CampaignSelection.reason(settlement.passedOver))
    }
    return award.refusal.map { .reject(rule: CampaignSelection.limitRule, reason: $0) } ?? .approve
  }

  fileprivate init(
    facts: Facts, decision: Decision, campaigns: CampaignSelection?,
    settlement: CampaignDesk.Settlement?
  ) {
    self.facts = facts
    self.decision = decision
    self.campaigns = campaigns
    self.settlement = settlement
  }
}

/// Finds out what is known of an order that was read back from the store, and asks the requirements
/// and the rules. It writes nothing.
package struct Examine: Sendable {
  private let pool: Pool
  private let store: ConnectedStore
  private let keys: RewardKeys
  private let waitsForHistory: Bool
  private let purchases: PurchaseHistory
  private let gathering: FactGathering
  private let campaigns: CampaignGathering

  /// Examines orders of `store`.
  package init(pool: Pool, store: ConnectedStore, keys: RewardKeys, settings: WorkSettings) {
    self.pool = pool
    self.store = store
    self.keys = keys
    waitsForHistory = settings.waitsForHistory
    purchases = PurchaseHistory(client: store.client)
    gathering = FactGathering(pool: pool, store: store, keys: keys)
    campaigns = CampaignGathering(pool: pool, store: store)
  }

  /// Asks the requirements and the campaigns, and the rules unless the order has to wait or is in
  /// review: then the facts are not gathered either. An order that is refused anyway is refused
  /// without facts when the store does not tell them.
  ///
  /// - Parameters:
  ///   - referral: the number of the order's referral; 0 when it has none.
  ///   - claim: the hold on that referral; `nil` when nothing is to be decided. What is held back is not
  ///     judged before that time is over, and neither a person nor the end of a review asks the rules
  ///     again.
  /// - Throws: `FactGathering.Failure` when nothing but the facts for the rules is missing;
  ///   `StoreError`, `PostgresError`, `SigningError`, `CancellationError`.
  package func order(
    _ order: Order, referral: Int, _ book: TermsBook, claim: ReferralRepository.Claim? = nil
  ) async throws -> Examination {
    let terms = book.terms(store: store.address, channel: order.channel)
    let history = try await history(order, terms)
    let code = try await namedCode(pool, order)
    let facts = try await facts(pool, order, code, terms.conditions, history)
    var decision = Decision.of(
      facts,
      by: Requirement.all(for: terms.conditions, wasPaid: claim?.wasPaid ?? false))
    var selection: CampaignSelection?
    var settlement: CampaignDesk.Settlement?
    let isHeldBack = claim?.isHeldBack ?? false
    if decision == .approve, claim?.review?.isOpen != true, !isHeldBack,
      let code = facts.code?.code
    {
      let found = try await campaigns.selection(
        of: order, terms, timeZone: book.timeZone, history)
      settlement = try await CampaignDesk(pool, store: store.id, holds: false)
        .settle(
          found, order, code,
          isForgotten: found.paysFriends ? try await isForgotten(order, code, referral) : false)
      selection = found
      decision = found.decision
    }
    var examination = Examination(
      facts: facts, decision: decision, campaigns: selection, settlement: settlement)
    if case .wait = decision { return examination }
    if let claim {
      guard claim.review == nil, !(isHeldBack && decision == .approve),
        !claim.isHeldBack(by: settlement?.award?.campaign)
      else {
        return examination
      }
    }
    // A refused order does not need what costs a second question.
    let asked =
      decision == .approve
      ? terms.rules.signals : terms.rules.signals.subtracting(Signal.ofReferrer)
    do {
      let gathered = try await gathering.facts(
        of: order, referral: referral, code: facts.code, history: history, marks: terms.marks,
        asked: asked, failures: claim?.factFailures ?? 0)
      examination.gathered = gathered
      examination.judgement = Judgement.of(gathered.sheet, by: terms.rules)
    } catch is FactGathering.Failure where decision != .approve {
      // What is refused does not wait for the reasons that the rules would add.
    }
    return examination
  }

  /// What the requirements rest on, as `session` sees it. With `holds`, and where orders are counted
  /// by a limit or for a campaign, other decisions about the same code wait until its transaction
  /// ends.
  /// - Throws: `PostgresError`, `SigningError`.
  func facts(
    _ session: any PostgresSession, _ order: Order, _ code: ReferralCode?,
    _ conditions: Conditions, _ history: Facts.History, holds: Bool = false,
    countsOrders: Bool = false
  ) async throws -> Facts {
    var facts = Facts(order: order, code: nil, history: history)
    let isLimited = conditions.dailyLimit != nil || conditions.monthlyLimit != nil
    let codes = CodeRepository(session)
    let referrals = ReferralRepository(session)
    if let code,
      let record = holds && (isLimited || countsOrders)
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

  /// Whether the buyer is erased.
  private func isForgotten(
    _ order: Order, _ code: ReferralCode, _ referral: Int
  ) async throws -> Bool {
    try await ReferralRepository.Particulars.of(
      order, code, referral: referral, pool, store, keys
    ).isForgotten
  }

  /// The code that the order names, else the one that its buyer is bound to.
  /// - Throws: `PostgresError`.
  func namedCode(
    _ session: any PostgresSession, _ order: Order
  ) async throws -> ReferralCode? {
    let text = order.referralCodeText?.trimmingSpace() ?? ""
    guard text.isEmpty else { return ReferralCode(typed: text) }
    let codes = try await BindingRepository(session)
      .codes(store: store.id, buyers: [(order.userID, order.email)])
    return codes[0]
  }

  /// What the buyer bought before, where that matters: as the ledger and the store know it.
  private func history(_ order: Order, _ terms: Terms) async throws -> Facts.History {
    guard terms.conditions.newCustomersOnly || terms.campaigns.contains(where: \.firstOrderOnly)
    else { return .unknown }
    // Asked first: what the reading finds after this is not in the record below.
    let progress =
      waitsForHistory ? try await HistoryRepository(pool).progress(store: store.id) : nil
    let recorded = try await BuyerRepository(pool).earlierOrders(
      store: store.id, customerID: order.userID,
      mailboxes: try keys.mailboxes(of: order.email, store: store.address),
      before: order.createdAt, otherThan: order.id)
    let found = try await purchases.before(order, recorded: recorded)
    if case .order = found { return found }
    guard waitsForHistory, progress?.isComplete != true else { return found }
    let of = progress?.total.map { " of \($0)" } ?? ""
    let error = progress?.lastError.map { ", then \($0)" } ?? ""
    return .unread("\(progress?.seen ?? 0)\(of) orders\(error)")
  }
}

extension ReferralRepository.Claim {
  /// Whether the order was paid in full when its review or its hold began.
  var wasPaid: Bool { review != nil || secondsSincePaid != nil }

  /// Whether the rewards of `campaign` are held back still.
  fileprivate func isHeldBack(by campaign: Campaign?) -> Bool {
    (campaign?.holdDays ?? 0) * 86_400 > secondsSincePaid ?? 0
  }
}

extension ReferralRepository.Review {
  /// Whether somebody can still decide, and nobody has.
  var isOpen: Bool { !isApproved && !isOver }
}
