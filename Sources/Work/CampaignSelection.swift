package import Domain
import Ledger
import Postgres
package import Rules
import SaleorAPI

/// The campaigns that an order can belong to, by everything but their budgets and limits.
package struct CampaignSelection: Sendable {
  /// How the ledger and the metrics name that an order belongs to no campaign.
  package static let rule = "campaign"
  /// How they name that the referrer has earned what a campaign lets him.
  package static let limitRule = "campaign_limit"

  /// Those that fit, and why others do not.
  package let choice: CampaignChoice
  /// How long the store has its gift cards last; `nil` for ever, and where no reward asks for it.
  package let storeValidity: RewardPeriod?
  /// Whether the store told what the campaigns ask of the order. A replica can lag behind the one
  /// that told of the order itself.
  let isOrderFound: Bool

  /// Whether what is given depends on the referrer's other orders.
  var countsOrders: Bool {
    choice.fitting.contains { $0.countsOrders }
  }

  /// Whether the buyer is paid by any of them.
  var paysFriends: Bool {
    choice.fitting.contains { campaign in campaign.offers.contains { $0.role == .friend } }
  }

  /// What has to be known before an order that none of those that fit takes is refused; `nil` when
  /// everything is.
  var wait: (rule: String, reason: String)? {
    isOrderFound
      ? choice.waitsFor.map { (Requirement.newCustomer.name, $0) }
      : (Decide.foundRule, Decide.notFound)
  }

  /// What follows when budgets and limits leave everything open.
  var decision: Decision {
    if !choice.fitting.isEmpty { return .approve }
    if let wait { return .wait(rule: wait.rule, reason: wait.reason) }
    return .reject(rule: Self.rule, reason: Self.reason(choice.passedOver))
  }

  /// Why an order belongs to no campaign.
  static func reason(_ passedOver: [CampaignChoice.Misfit]) -> String {
    let reasons = passedOver.map { "\($0.campaign): \($0.reason)" }
    return "the order belongs to no campaign (\(reasons.joined(separator: "; ")))"
  }
}

extension Campaign {
  /// Whether what it gives depends on the referrer's other orders.
  var countsOrders: Bool {
    !limits.areNone || hasMilestones
  }

  /// Whether it pays for certain of the referrer's orders only.
  var hasMilestones: Bool { offers.contains { $0.amount.countsOrders } }
}

/// Finds out what the campaigns ask of an order. It asks only for what one of them needs.
struct CampaignGathering: Sendable {
  let pool: Pool
  let store: ConnectedStore

  /// The campaigns of `terms` that an order can belong to; `history` is what its buyer bought before.
  /// Call it outside of a transaction.
  /// - Throws: `StoreError`, `PostgresError`, `CancellationError`.
  func selection(
    of order: Order, _ terms: Terms, timeZone: String, _ history: Facts.History
  ) async throws -> CampaignSelection {
    let campaigns = terms.campaigns
    var facts = CampaignFacts(order: order)
    facts.history = history
    if campaigns.contains(where: { $0.firstDay != nil || $0.lastDay != nil }) {
      facts.day = try await CampaignRepository(pool).day(of: order.createdAt, in: timeZone)
    }
    if campaigns.contains(where: { !$0.countries.isEmpty || !$0.categories.isEmpty }) {
      guard let goods = try await store.client.goods(ofOrder: order.id) else {
        return CampaignSelection(
          choice: CampaignChoice(among: [], facts), storeValidity: nil, isOrderFound: false)
      }
      facts.country = goods.country
      facts.categories = goods.categories
      facts.hasDeletedGoods = goods.hasDeletedGoods
    }
    let choice = CampaignChoice(among: campaigns, facts)
    let asksStore = choice.fitting.flatMap(\.offers).contains { $0.validity == .store }
    return CampaignSelection(
      choice: choice, storeValidity: asksStore ? try await store.client.giftCardValidity() : nil,
      isOrderFound: true)
  }
}
