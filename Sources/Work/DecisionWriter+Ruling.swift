import Domain
import Ledger
import Postgres
import Rules

extension DecisionWriter {
  /// What is written of a case.
  struct Ruling {
    let outcome: DecisionRepository.Outcome
    let decidedBy: DecisionRepository.Source
    let rule: String?
    let reason: String?
    /// What the order is given, or would be; `nil` where no campaign was chosen.
    var award: CampaignAward?
    /// The campaigns that the order does not belong to.
    var passedOver: [CampaignChoice.Misfit] = []

    /// The rule that the referral keeps of an approval: none where the rules were asked, unless the
    /// order earns nothing.
    var keptRule: String? {
      award?.emptyReason == nil ? (decidedBy == .rules ? nil : rule) : CampaignSelection.rule
    }

    /// Its reason.
    var keptReason: String? { award?.emptyReason ?? (decidedBy == .rules ? nil : reason) }
  }

  /// What follows for a case.
  enum Finding {
    /// This is written.
    case write(Ruling)
    /// Nothing more is; `nil` when the claim no longer holds.
    case end(Outcome?)
  }

  /// What follows for a case that meets the requirements. With it, the budgets of which it is given
  /// are held until the transaction ends.
  /// - Throws: `PostgresError`, `LedgerError`, `CampaignDesk.BudgetsNotBegun`.
  func ruling(
    _ session: any PostgresSession, _ claim: ReferralRepository.Claim, _ order: Order,
    _ facts: Facts, _ examination: Examination, _ terms: Terms, isForgotten: Bool
  ) async throws -> Finding {
    if claim.review?.isOpen == true { return .end(.staysOpen) }
    if claim.isHeldBack {
      // What is free in a budget meanwhile does not matter: the campaigns are asked at the end.
      let reason = "its rewards are held back"
      let isKept = try await ReferralRepository(session)
        .keepBack(store: store.id, claim, reason: reason)
      return .end(isKept ? .held(reason: reason) : nil)
    }
    guard let selection = examination.campaigns, let code = facts.code?.code else {
      return .end(claim.review == nil ? .unjudged : .staysOpen)
    }
    let settlement = try await CampaignDesk(session, store: store.id, holds: true)
      .settle(selection, order, code, isForgotten: isForgotten)
    func requires(_ rule: String, _ reason: String) -> Finding {
      .write(
        Ruling(
          outcome: .reject, decidedBy: .requirement, rule: rule, reason: reason,
          award: settlement.award, passedOver: settlement.passedOver))
    }
    guard let award = settlement.award else {
      if let wait = selection.wait {
        return .end(.waits(rule: wait.rule, reason: wait.reason))
      }
      return requires(CampaignSelection.rule, CampaignSelection.reason(settlement.passedOver))
    }
    let days = award.campaign.holdDays
    if claim.review == nil, days > 0 {
      let reason = "campaign \(award.campaign.id) holds rewards back for \(days) days"
      let isHeld = try await ReferralRepository(session).holdBack(
        store: store.id, claim, orderNumber: order.number, campaign: award.campaign.id, days: days,
        reason: reason)
      if isHeld { return .end(.held(reason: reason)) }
    }
    if let refusal = award.refusal { return requires(CampaignSelection.limitRule, refusal) }
    guard var ruling = Self.ruling(claim.review, examination.judgement, terms.review) else {
      return .end(.unjudged)
    }
    ruling.award = award
    ruling.passedOver = settlement.passedOver
    return .write(ruling)
  }

  /// What a review or the rules say; `nil` when they were not asked.
  private static func ruling(
    _ review: ReferralRepository.Review?, _ judgement: Judgement?, _ terms: ReviewTerms
  ) -> Ruling? {
    if let review {
      if review.isApproved {
        return Ruling(
          outcome: .approve, decidedBy: .person, rule: reviewRule,
          reason: review.note ?? "approved after a review")
      }
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
}

extension Conditions {
  /// What an order has to bring in for as long as it earns: the most that the programme or the
  /// campaign asks for.
  func minimumOrder(for order: Order, in campaign: Campaign?) -> Money? {
    let own = campaign?.minimumOrder[order.currency]
      .map { Money(amount: $0, currency: order.currency) }
    guard let own else { return minimumOrder }
    guard let minimumOrder, minimumOrder.currency == own.currency else { return own }
    return minimumOrder.amount > own.amount ? minimumOrder : own
  }
}
