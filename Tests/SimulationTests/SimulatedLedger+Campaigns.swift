import Domain
import FoundationEssentials

extension SimulatedLedger {
  /// How many of the referrer's orders count in a campaign: those that were decided for, also while
  /// it is open what was spent of a reward that is being taken back.
  func countingOrders(of campaign: String) -> Int {
    referrals.indices.count { order in
      guard let row = referrals[order], row.campaign == campaign else { return false }
      return row.counts
        || OrderSide.both(of: order).contains { self[$0]?.state == .revoking }
    }
  }

  /// The milestones of which a reward stands, and those of which one fell.
  func milestones(
    of campaign: String, _ role: RewardIdentity.Role
  ) -> (standing: Set<Int>, fallen: Set<Int>) {
    let rows = rewards.compactMap(\.self).filter {
      $0.grant.campaignID == campaign && $0.grant.role == role
    }
    return (
      standing: Set(rows.filter(\.stands).compactMap(\.grant.milestone)),
      fallen: Set(rows.filter { !$0.stands }.compactMap(\.grant.milestone))
    )
  }

  /// What the rewards of a campaign have cost, or may still.
  func given(by campaign: String) -> Decimal {
    rewards.compactMap(\.self).filter { $0.stands && $0.grant.campaignID == campaign }
      .reduce(0) { $0 + $1.grant.money.amount }
  }

  /// Whether these fit into what is left of a campaign's budget.
  func hasLeft(for grants: [RewardGrant], of campaign: Campaign) -> Bool {
    guard let budget = campaign.budget.values.first else { return true }
    return given(by: campaign.id) + grants.reduce(0) { $0 + $1.money.amount } <= budget
  }

  /// Whether nothing of an order is owed, except for one side of it.
  func hasMadeAll(of order: Int, except side: OrderSide? = nil) -> Bool {
    OrderSide.both(of: order).allSatisfy { $0 == side || !(self[$0]?.isOwed ?? false) }
  }

  /// Notes that all rewards of an order exist.
  mutating func markRewarded(_ order: Int) {
    if referrals[order]?.state == .paid { referrals[order]?.state = .rewarded }
  }
}
