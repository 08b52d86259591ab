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
  /// Which of the referrer's orders in the campaign it is; `nil` where nobody asks.
  package let ordinal: Int?
  /// Why the campaign's limits refuse the order; `nil` when they do not.
  package let refusal: String?

  /// What is given in all; `nil` when nothing is. The rewards of an order are in one currency.
  package var total: Money? {
    grants.first.map { first in
      let amounts = grants.filter { $0.money.currency == first.money.currency }.map(\.money.amount)
      return Money(amount: amounts.reduce(0, +), currency: first.money.currency)
    }
  }

  /// Why the order earns nothing; `nil` when it does earn something.
  var emptyReason: String? {
    guard grants.isEmpty else { return nil }
    let order = ordinal.map { "order \($0) of the referrer" } ?? "an order of this value"
    return "\(order) earns nothing in campaign \(campaign.id)"
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

  /// The first campaign of a selection whose budget has room for what it would give.
  /// - Throws: `PostgresError`, `LedgerError`; `BudgetsNotBegun` when it holds.
  package func settle(
    _ selection: CampaignSelection, _ order: Order, _ code: ReferralCode
  ) async throws -> Settlement {
    // Without a budget, none after it can be needed.
    var candidates: [(award: CampaignAward, keys: Set<BudgetRepository.Key>)] = []
    for campaign in selection.choice.fitting {
      let award = try await award(of: campaign, order, code, selection.storeValidity)
      let keys = Set(award.charges.keys)
      candidates.append((award, keys))
      if keys.isEmpty { break }
    }
    let given = try await given(candidates.reduce(into: []) { $0.formUnion($1.keys) })
    var passedOver = selection.choice.passedOver
    for (award, _) in candidates {
      guard let reason = award.shortage(given) else {
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
    of campaign: Campaign, _ order: Order, _ code: ReferralCode, _ storeValidity: RewardPeriod?
  ) async throws -> CampaignAward {
    let repository = CampaignRepository(session)
    let tally =
      campaign.countsOrders
      ? try await repository.tally(store: store, code: code, campaign: campaign.id) : nil
    let ordinal = (tally?.inAll ?? 0) + 1
    var grants = campaign.offers.compactMap { offer in
      RewardGrant(
        offer, of: campaign, spending: order.spending, ordinal: ordinal,
        storeValidity: storeValidity)
    }
    if grants.contains(where: { $0.milestone != nil }) {
      // The count goes back when an order is taken back, and comes to the same number again.
      let paid = try await repository.paid(
        milestone: ordinal, store: store, code: code, campaign: campaign.id)
      grants.removeAll { $0.milestone != nil && paid.contains($0.role) }
    }
    return CampaignAward(
      campaign: campaign, grants: grants, ordinal: tally.map { _ in ordinal },
      refusal: tally.flatMap { Self.refusal(campaign, $0) })
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
