package import FoundationEssentials

/// What a reward is, as it is written down when it is owed: fixed from then on, whatever the
/// configuration says later.
package struct RewardGrant: Sendable, Equatable {
  /// The campaign that pays.
  package let campaignID: String
  /// Who receives it.
  package let role: RewardIdentity.Role
  /// What it is at the store.
  package let kind: RewardKind
  /// How much it is worth; of a voucher that takes off percent what it counts for.
  package let money: Money
  /// For how long after the day of the decision (UTC) it can be used; `nil` for ever.
  package var validity: RewardPeriod?
  /// The subtotal from which a voucher counts, in the currency of `money`; `nil` for any.
  package var minimumSpend: Decimal?
  /// What a voucher takes off in percent; `nil` when it takes off `money`.
  package var percentOff: Decimal?
  /// The categories on whose goods a voucher counts; empty for whole orders.
  package var voucherCategories: [String] = []
  /// Whether a card is to be bound to its owner.
  package var isBound = false
  /// The milestone that it is for.
  package var milestone: Int?
  /// How many percent of the order it is, so that a partial refund can be held against it.
  package var earnedPercent: Decimal?
  /// The most that it could have been; with `earnedPercent` only.
  package var earnedCap: Decimal?
  /// How many people have to release it: 0, 1 or 2.
  package var approvalsNeeded = 0

  /// A plain reward without an end.
  package init(
    campaignID: String, role: RewardIdentity.Role, kind: RewardKind, money: Money
  ) {
    self.campaignID = campaignID
    self.role = role
    self.kind = kind
    self.money = money
  }

  /// What an offer of a campaign comes to for an order; `nil` when nothing is due.
  ///
  /// - Parameters:
  ///   - spending: what the order brings in.
  ///   - ordinal: which of the referrer's orders in the campaign it is, 1 or more.
  ///   - storeValidity: how long the store has its gift cards last; `nil` for ever.
  package init?(
    _ offer: RewardOffer, of campaign: Campaign, spending: Money, ordinal: Int,
    storeValidity: RewardPeriod?
  ) {
    guard let money = offer.amount.amount(for: spending, ordinal: ordinal) else { return nil }
    self.init(campaignID: campaign.id, role: offer.role, kind: offer.kind, money: money)
    switch offer.validity {
    case .period(let period): validity = period
    case .store: validity = storeValidity
    case nil: break
    }
    if offer.kind == .voucher {
      minimumSpend = offer.voucher.minimumSpend[money.currency]
      percentOff = offer.voucher.percentOff
      voucherCategories = offer.voucher.categories
    } else {
      isBound = offer.isBound
    }
    if offer.amount.countsOrders { milestone = ordinal }
    if case .percent(let percent, let cap, _) = offer.amount {
      earnedPercent = percent
      earnedCap = cap[money.currency]
    }
    approvalsNeeded = campaign.approval == .manual ? 1 : 0
    if let limit = campaign.fourEyesAbove[money.currency], money.amount > limit {
      approvalsNeeded = 2
    }
  }
}
