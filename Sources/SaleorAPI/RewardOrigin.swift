package import Domain
package import FoundationEssentials

/// What a promo code at the store tells of the reward that it is, so that a ledger which has lost the
/// reward can explain the code: the parts of its identity, and what only the ledger would know.
///
/// All but the reward's id stands in private metadata: whoever may see a card could read the public
/// one, and an order's id shows some of a stranger's order. What goes without saying is left out.
package struct RewardOrigin: Sendable, Equatable {
  /// The key that names the campaign.
  package static let campaignKey = "laurel.campaign"
  /// The key that names who receives the reward.
  package static let roleKey = "laurel.role"
  /// The key of the milestone that the reward is for.
  package static let milestoneKey = "laurel.milestone"
  /// The key of what a voucher that takes off percent counts for.
  package static let amountKey = "laurel.amount"

  /// The reward's id.
  package let rewardID: String
  /// The order that earned it; `nil` when the code does not tell.
  package let orderID: String?
  /// The campaign that paid.
  package let campaignID: String
  /// Who receives it; `nil` when what stands there is none.
  package let role: RewardIdentity.Role?
  /// The milestone that it is for.
  package let milestone: Int?
  /// What a voucher that takes off percent counts for, in the currency of its channels.
  package let amount: Decimal?

  /// What is told of a reward; `amount` for a voucher that takes off percent only.
  package init(
    rewardID: String, identity: RewardIdentity, milestone: Int? = nil, amount: Decimal? = nil
  ) {
    self.rewardID = rewardID
    orderID = identity.orderID
    campaignID = identity.campaignID
    role = identity.role
    self.milestone = milestone
    self.amount = amount
  }

  /// What the metadata of a promo code tells.
  init(rewardID: String, _ entries: [MetadataItem]) {
    self.rewardID = rewardID
    orderID = entries.value(of: GiftCard.orderIDKey)
    campaignID = entries.value(of: Self.campaignKey) ?? Campaign.standardID
    role = entries.value(of: Self.roleKey).map(RewardIdentity.Role.init) ?? .referrer
    milestone = entries.value(of: Self.milestoneKey).flatMap { Int($0) }.flatMap {
      $0 > 0 ? $0 : nil
    }
    amount = entries.value(of: Self.amountKey).flatMap(Money.decimal)
      .flatMap { $0 > 0 ? $0 : nil }
  }

  /// The entries of private metadata.
  var entries: [MetadataItem] {
    let entries: [(key: String, value: String?)] = [
      (GiftCard.orderIDKey, orderID),
      (Self.campaignKey, campaignID == Campaign.standardID ? nil : campaignID),
      (Self.roleKey, role == .referrer ? nil : role?.rawValue),
      (Self.milestoneKey, milestone.map { "\($0)" }), (Self.amountKey, amount.map { "\($0)" }),
    ]
    return entries.compactMap { key, value in value.map { MetadataItem(key: key, value: $0) } }
  }
}
