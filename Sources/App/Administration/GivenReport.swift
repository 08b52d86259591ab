import Domain
import FoundationEssentials
import Ledger
import Work

/// A reward of an order as the commands show it: to whom, by which campaign, and how much.
struct GivenReport: Encodable, Sendable {
  private let campaign: String
  private let role: String
  private let type: String
  private let amount: String
  private let percentOff: String?
  private let status: String?
  private let excess: Decimal?
  private let milestone: Int?
  private let approvalsNeeded: Int

  /// A reward that is in the ledger.
  init(_ given: CampaignRepository.Given) {
    campaign = given.campaignID
    role = given.role
    type = given.kind
    amount = "\(given.money)"
    percentOff = given.percentOff.map { "\($0)" }
    status = given.status
    excess = given.excess
    milestone = given.milestone
    approvalsNeeded = given.approvalsNeeded
  }

  /// A reward that would be given.
  init(_ grant: RewardGrant) {
    campaign = grant.campaignID
    role = grant.role.rawValue
    type = grant.kind.rawValue
    amount = "\(grant.money)"
    percentOff = grant.percentOff.map { "\($0)" }
    status = nil
    excess = nil
    milestone = grant.milestone
    approvalsNeeded = grant.approvalsNeeded
  }

  /// What a reward is worth, for people: of a voucher that takes off percent also what it counts for.
  static func worth(_ money: String, percentOff: String?) -> String {
    percentOff.map { "\($0) %, counts for \(money)" } ?? money
  }

  /// The campaign of a reward, and the milestone in it.
  static func campaign(_ id: String, milestone: Int?) -> String {
    id + (milestone.map { ", milestone \($0)" } ?? "")
  }

  /// All of them for people; `nil` when there are none.
  static func text(_ rewards: [GivenReport]) -> String? {
    guard !rewards.isEmpty else { return nil }
    var table = TextTable(["REWARD FOR", "CAMPAIGN", "TYPE", "WORTH", "STATUS", "TOO MUCH BY"])
    for one in rewards {
      table.add([
        one.role, campaign(one.campaign, milestone: one.milestone), one.type,
        worth(one.amount, percentOff: one.percentOff), one.status ?? "would be given",
        one.excess.flatMap { $0 > 0 ? "\($0)" : nil },
      ])
    }
    return table.text
  }
}
