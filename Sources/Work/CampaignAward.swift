package import Domain
import FoundationEssentials
import Ledger
package import Postgres
package import Rules

/// What an order is given by the campaign that it belongs to.
package struct CampaignAward: Sendable {
  /// The campaign.
  package let campaign: Campaign
  /// The rewards; empty when this order earns nothing.
  package let grants: [RewardGrant]
  /// Which of the referrer's orders in the campaign it is; `nil` without milestones.
  package let ordinal: Int?
  /// Why the campaign's limits refuse the order; `nil` when they do not.
  package let refusal: String?
  /// Why the order is none of the campaign's after all: it would earn nothing, and count nowhere;
  /// `nil` when it is.
  fileprivate let misfit: String?

  /// What is given in all; `nil` when nothing is. The rewards of an order are in one currency.
  package var total: Money? {
    grants.first.map { first in
      let amounts = grants.filter { $0.money.currency == first.money.currency }.map(\.money.amount)
      return Money(amount: amounts.reduce(0, +), currency: first.money.currency)
    }
  }

  /// Why the order counts and earns nothing; `nil` when it does earn something.
  var emptyReason: String? {
    guard grants.isEmpty, let ordinal else { return nil }
    return "order \(ordinal) of the referrer earns nothing in campaign \(campaign.id)"
  }

  /// What is given in the currencies that have a budget.
  fileprivate var charges: [BudgetRepository.Key: Decimal] {
    grants.reduce(into: [:]) { charges, grant in
      let currency = grant.money.currency
      guard campaign.budget[currency] != nil else { return }
      charges[.init(campaignID: campaign.id, currency: currency), default: 0] += grant.money.amount
    }
  }

  /// Why the budget does not allow it, when so much is given already; `nil` when it does.
  fileprivate func shortage(_ given: [BudgetRepository.Key: Decimal]) -> String? {
    for (key, charge) in charges {
      guard let budget = campaign.budget[key.currency] else { continue }
      let spent = given[key] ?? 0
      guard spent + charge > budget else { continue }
      return "of its budget of \(Money(amount: budget, currency: key.currency)) "
        + "\(Money(amount: spent, currency: key.currency)) are given, and the order would earn "
        + "\(Money(amount: charge, currency: key.currency))"
    }
    return nil
  }
}

/// Settles which campaign an order belongs to, as one transaction sees it.
package struct CampaignDesk: Sendable {
  /// What was settled.
  package struct Settlement: Sendable {
    /// What the order is given; `nil` when it belongs to no campaign.
    package let award: CampaignAward?
    /// The campaigns that it does not belong to.
    package let passedOver: [CampaignChoice.Misfit]
  }

  /// Budgets whose sums have to begin first (`BudgetRepository.begin`).
  struct BudgetsNotBegun: Error {
    let keys: Set<BudgetRepository.Key>
  }

  private let session: any PostgresSession
  private let store: StoreID
  private let holds: Bool

  /// Works on `session`. With `holds`, what is given by the budgets stays as it was counted until the
  /// transaction ends; the caller holds the code if one of the campaigns counts orders.
  package init(_ session: any PostgresSession, store: StoreID, holds: Bool) {
    self.session = session
    self.store = store
    self.holds = holds
  }

  /// The first campaign of a selection that gives something for an order, or counts it, and whose
  /// budget has room for what it would give. A buyer who is forgotten gets nothing: nobody could tell
  /// him.
  /// - Throws: `PostgresError`, `LedgerError`; `BudgetsNotBegun` when it holds.
  package func settle(
    _ selection: CampaignSelection, _ order: Order, _ code: ReferralCode, isForgotten: Bool
  ) async throws -> Settlement {
    // Without a budget, none after it can be needed.
    var candidates: [(award: CampaignAward, keys: Set<BudgetRepository.Key>)] = []
    for campaign in selection.choice.fitting {
      let award = try await award(
        of: campaign, order, code, selection.storeValidity, isForgotten: isForgotten)
      let keys = Set(award.charges.keys)
      candidates.append((award, keys))
      if keys.isEmpty && award.misfit == nil { break }
    }
    let given = try await given(candidates.reduce(into: []) { $0.formUnion($1.keys) })
    var passedOver = selection.choice.passedOver
    for (award, _) in candidates {
      guard let reason = award.misfit ?? award.shortage(given) else {
        return Settlement(award: award, passedOver: passedOver)
      }
      passedOver.append(.init(campaign: award.campaign.id, reason: reason))
    }
    return Settlement(award: nil, passedOver: passedOver)
  }

  /// All of them at once and in one sequence, so that two transactions cannot deadlock.
  private func given(
    _ keys: Set<BudgetRepository.Key>
  ) async throws -> [BudgetRepository.Key: Decimal] {
    guard !keys.isEmpty else { return [:] }
    guard holds else {
      return try await BudgetRepository.given(session, store: store, keys)
    }
    let given = try await BudgetRepository.hold(session, store: store, keys)
    let missing = keys.subtracting(given.keys)
    guard missing.isEmpty else { throw BudgetsNotBegun(keys: missing) }
    return given
  }

  private func award(
    of campaign: Campaign, _ order: Order, _ code: ReferralCode, _ storeValidity: RewardPeriod?,
    isForgotten: Bool
  ) async throws -> CampaignAward {
    let repository = CampaignRepository(session)
    let tally =
      campaign.countsOrders
      ? try await repository.tally(
        store: store, code: code, campaign: campaign.id,
        everInAll: campaign.limits.inAll != nil || campaign.hasMilestones) : nil
    let ordinal = (tally?.inAll ?? 0) + 1
    let milestones =
      campaign.hasMilestones
      ? try await repository.milestones(store: store, code: code, campaign: campaign.id) : [:]
    let offers = campaign.offers.filter { $0.role != .friend || !isForgotten }
    let grants = offers.compactMap { offer -> RewardGrant? in
      var number = ordinal
      if offer.amount.countsOrders {
        let known = milestones[offer.role] ?? .init()
        guard
          let milestone = offer.amount.milestone(
            at: ordinal, in: order.spending.currency, standing: known.standing,
            fallen: known.fallen)
        else { return nil }
        number = milestone
      }
      return RewardGrant(
        offer, of: campaign, spending: order.spending, ordinal: number,
        storeValidity: storeValidity)
    }
    return CampaignAward(
      campaign: campaign, grants: grants, ordinal: campaign.hasMilestones ? ordinal : nil,
      refusal: tally.flatMap { Self.refusal(campaign, $0) },
      misfit: Self.misfit(campaign, order, pays: offers, grants))
  }

  private static func misfit(
    _ campaign: Campaign, _ order: Order, pays offers: [RewardOffer], _ grants: [RewardGrant]
  ) -> String? {
    if offers.isEmpty { return "pays the friend only, whose account was deleted" }
    guard grants.isEmpty, !campaign.hasMilestones else { return nil }
    return "gives nothing for an order that brought in \(order.spending)"
  }

  private static func refusal(
    _ campaign: Campaign, _ tally: CampaignRepository.Tally
  ) -> String? {
    let limits = campaign.limits
    let counts = [
      (tally.today, limits.perDay, "today"), (tally.thisMonth, limits.perMonth, "this month"),
      (tally.inAll, limits.inAll, "in all"),
    ]
    for case (let count, let limit?, let period) in counts where count >= limit {
      return "the referrer has \(count) of \(limit) orders of campaign \(campaign.id) \(period)"
    }
    return nil
  }
}
