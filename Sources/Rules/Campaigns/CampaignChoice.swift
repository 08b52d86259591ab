package import Domain

/// Which campaign an order belongs to: the first in the file that fits.
package struct CampaignChoice: Sendable {
  /// A campaign that was passed over, and why.
  package struct Misfit: Sendable, Equatable {
    /// The campaign's id.
    package let campaign: String
    /// Why the order is none of its.
    package let reason: String

    /// Passes a campaign over.
    package init(campaign: String, reason: String) {
      self.campaign = campaign
      self.reason = reason
    }
  }

  /// Those that fit, in the sequence of the file; the first whose budget is not used up counts.
  package private(set) var fitting: [Campaign] = []
  /// Those before or between them that do not fit.
  package private(set) var passedOver: [Misfit] = []
  /// What has to be known first; `nil` when everything is.
  package private(set) var waitsFor: String?

  /// Chooses among `campaigns`.
  package init(among campaigns: [Campaign], _ facts: CampaignFacts) {
    for campaign in campaigns {
      switch campaign.fit(facts) {
      case .pass: fitting.append(campaign)
      case .reject(let reason): passedOver.append(Misfit(campaign: campaign.id, reason: reason))
      case .wait(let reason):
        waitsFor = reason
        return
      }
    }
  }
}

extension Campaign {
  /// Whether an order is one of this campaign's.
  package func fit(_ facts: CampaignFacts) -> Requirement.Verdict {
    let order = facts.order
    let spending = order.spending
    if let day = facts.day {
      if let firstDay, day < firstDay { return .reject("placed on \(day), begins on \(firstDay)") }
      if let lastDay, day > lastDay { return .reject("placed on \(day), ended with \(lastDay)") }
    }
    if !channels.isEmpty && !channels.contains(order.channel) {
      return .reject("not for channel \(order.channel)")
    }
    if !offers.contains(where: { $0.amount.pays(in: spending.currency) }) {
      return .reject("pays nothing for orders in \(spending.currency)")
    }
    if let minimum = minimumOrder[spending.currency], spending.amount < minimum {
      return .reject("brought in \(spending), the minimum is \(minimum) \(spending.currency)")
    }
    if !countries.isEmpty {
      guard let country = facts.country else { return .reject("the country is not known") }
      if !countries.contains(country) { return .reject("not for country \(country)") }
    }
    if !categories.isEmpty && categories.isDisjoint(with: facts.categories) {
      // They come back never: waiting for them would be in vain.
      return .reject(
        facts.hasDeletedGoods
          ? "has no goods that are known to be of its categories, and some were deleted at the store"
          : "has no goods of its categories")
    }
    guard firstOrderOnly else { return .pass }
    switch facts.history {
    case .unknown, .none: return .pass
    case .order(let earlier): return .reject("the buyer has bought before, with order \(earlier)")
    case .unread(let progress):
      return .wait("the store's past orders are still being read: \(progress)")
    }
  }
}
