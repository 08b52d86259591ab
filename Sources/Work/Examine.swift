package import Domain
import Ledger
package import Postgres
package import Rules
import SaleorAPI

/// What is known of one order, and what the requirements and the rules say of it.
package struct Examination: Sendable {
  /// What the requirements rest on.
  package let facts: Facts
  /// What the requirements say.
  package let decision: Decision
  /// What the rules rest on; `nil` when it was not gathered.
  package let gathered: FactGathering.Gathered?
  /// What the rules say; `nil` when they were not asked.
  package let judgement: Judgement?
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

  /// Examines orders of `store`.
  package init(pool: Pool, store: ConnectedStore, keys: RewardKeys, settings: WorkSettings) {
    self.pool = pool
    self.store = store
    self.keys = keys
    waitsForHistory = settings.waitsForHistory
    purchases = PurchaseHistory(client: store.client)
    gathering = FactGathering(pool: pool, store: store, keys: keys)
  }

  /// Asks the requirements, and the rules unless the order has to wait or is in review: then the
  /// facts are not gathered either. An order that is refused anyway is refused without facts
  /// when the store does not tell them.
  ///
  /// - Parameters:
  ///   - referral: the number of the order's referral; 0 when it has none.
  ///   - failures: how often the facts of the order could not be gathered.
  ///   - isReviewed: whether the case is in review. Neither a person nor the end of a review asks the
  ///     rules again.
  /// - Throws: `FactGathering.Failure` when nothing but the facts for the rules is missing;
  ///   `StoreError`, `PostgresError`, `SigningError`, `CancellationError`.
  package func order(
    _ order: Order, referral: Int, _ terms: Terms, failures: Int = 0, isReviewed: Bool = false
  ) async throws -> Examination {
    let history = try await history(order, terms)
    let code = try await namedCode(pool, order)
    let facts = try await facts(pool, order, code, terms.conditions, history)
    let decision = Decision.of(
      facts, by: Requirement.all(for: terms.conditions, isReviewed: isReviewed))
    if case .wait = decision {
      return Examination(facts: facts, decision: decision, gathered: nil, judgement: nil)
    }
    guard !isReviewed else {
      return Examination(facts: facts, decision: decision, gathered: nil, judgement: nil)
    }
    // A refused order does not need what costs a second question.
    let asked =
      decision == .approve
      ? terms.rules.signals : terms.rules.signals.subtracting(Signal.ofReferrer)
    var gathered: FactGathering.Gathered?
    do {
      gathered = try await gathering.facts(
        of: order, referral: referral, code: facts.code, history: history, marks: terms.marks,
        asked: asked, failures: failures)
    } catch is FactGathering.Failure where decision != .approve {
      // What is refused does not wait for the reasons that the rules would add.
    }
    return Examination(
      facts: facts, decision: decision, gathered: gathered,
      judgement: gathered.map { Judgement.of($0.sheet, by: terms.rules) })
  }

  /// What the requirements rest on, as `session` sees it. With `holds`, and a limit in force, other
  /// decisions about the same code wait until its transaction ends.
  /// - Throws: `PostgresError`, `SigningError`.
  func facts(
    _ session: any PostgresSession, _ order: Order, _ code: ReferralCode?,
    _ conditions: Conditions, _ history: Facts.History, holds: Bool = false
  ) async throws -> Facts {
    var facts = Facts(order: order, code: nil, history: history)
    let isLimited = conditions.dailyLimit != nil || conditions.monthlyLimit != nil
    let codes = CodeRepository(session)
    let referrals = ReferralRepository(session)
    if let code,
      let record = isLimited && holds
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
    guard terms.conditions.newCustomersOnly else { return .unknown }
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
