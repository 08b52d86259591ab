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
  private let status: String?
  private let excess: Decimal?
  private let milestone: Int?
  private let approvalsNeeded: Int?

  /// A reward that is in the ledger.
  init(_ given: CampaignRepository.Given) {
    campaign = given.campaignID
    role = given.role
    type = given.kind
    amount = "\(given.money)"
    status = given.status
    excess = given.excess
    milestone = nil
    approvalsNeeded = nil
  }

  /// A reward that would be given.
  init(_ grant: RewardGrant) {
    campaign = grant.campaignID
    role = grant.role.rawValue
    type = grant.kind.rawValue
    amount = "\(grant.money)"
    status = nil
    excess = nil
    milestone = grant.milestone
    approvalsNeeded = grant.approvalsNeeded
  }

  /// All of them for people; `nil` when there are none.
  static func text(_ rewards: [GivenReport]) -> String? {
    guard !rewards.isEmpty else { return nil }
    var table = TextTable(["REWARD FOR", "CAMPAIGN", "TYPE", "AMOUNT", "STATUS", "TOO MUCH BY"])
    for one in rewards {
      table.add([
        one.role, one.campaign, one.type, one.amount, one.status ?? "would be given",
        one.excess.flatMap { $0 > 0 ? "\($0)" : nil },
      ])
    }
    return table.text
  }
}
