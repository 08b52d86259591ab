import Domain
import FoundationEssentials
import Ledger

/// A case of the review queue as the commands show it.
struct ReviewReport: Encodable, Sendable {
  /// A referral that has something in common with the case.
  private struct Similar: Encodable, Sendable {
    let referralId: Int
    let orderNumber: String
    let state: String
    let rule: String?
    let rewardStatus: String?
    let common: [String]

    init(_ similar: ReviewRepository.Similar) {
      referralId = similar.id
      orderNumber = similar.orderNumber
      state = similar.state
      rule = similar.rule
      rewardStatus = similar.rewardStatus
      common = similar.common
    }
  }

  private let referralId: Int
  private let state: String
  private let referralState: String
  private let orderId: String
  private let orderNumber: String
  private let channel: String?
  private let code: String
  private let referrerUserId: String?
  private let buyerUserId: String?
  private let buyer: String?
  private let rule: String
  private let reason: String
  private let score: Int
  private let orderValue: String?
  private let reward: String?
  private let openedAt: Date
  private let until: Date
  private let secondsLeft: Int
  private let verdict: String?
  private let note: String?
  private let reviewedAt: Date?
  private let settledBy: String?
  private let settledReason: String?
  private var rewards: [GivenReport]?
  private var decisions: [DecisionReport]?
  private var similar: [Similar]?

  /// A case as a list shows it.
  init(_ found: ReviewRepository.Case) {
    referralId = found.id
    state = found.state.rawValue
    referralState = found.referralState
    orderId = found.orderID
    orderNumber = found.orderNumber
    channel = found.channel
    code = found.code
    referrerUserId = found.referrerUserID
    buyerUserId = found.buyerUserID
    buyer = found.buyerEmail?.masked
    rule = found.rule
    reason = found.reason
    score = found.score
    orderValue = found.orderValue.map { "\($0)" }
    reward = found.reward.map { "\($0)" }
    openedAt = found.openedAt
    until = found.until
    secondsLeft = found.secondsLeft
    verdict = found.verdict
    note = found.note
    reviewedAt = found.reviewedAt
    settledBy = found.settledBy
    settledReason = found.settledReason
  }

  /// Everything about a case.
  /// - Throws: `DecodingError` when a decision that is kept cannot be read.
  init(
    _ found: ReviewRepository.Case, rewards: [CampaignRepository.Given],
    decisions: [DecisionRepository.Kept], similar: [ReviewRepository.Similar]
  ) throws {
    self.init(found)
    self.rewards = rewards.map(GivenReport.init)
    self.decisions = try decisions.map { try DecisionReport($0) }
    self.similar = similar.map(Similar.init)
  }

  /// The list for people.
  static func table(_ cases: [ReviewReport]) -> String {
    var table = TextTable([
      "CASE", "STATE", "TIME LEFT", "RULE", "SCORE", "ORDER", "VALUE", "REWARD", "CODE", "BUYER",
    ])
    for one in cases {
      table.add([
        "\(one.referralId)", one.state, one.timeLeft, one.rule, "\(one.score)", one.orderNumber,
        one.orderValue, one.reward, one.code, one.buyer ?? one.buyerUserId,
      ])
    }
    return table.text
  }

  /// Everything for people.
  var text: String {
    var table = TextTable()
    table.add(["case", "\(referralId)"])
    table.add(["state", state == "done" ? "done: \(referralState)" : state])
    table.add(["order", "\(orderNumber) (\(orderId))"])
    table.add(["order value", orderValue])
    table.add(["channel", channel])
    table.add(["buyer", [buyerUserId, buyer].compactMap(\.self).joined(separator: ", ")])
    table.add(["code", code])
    table.add(["referrer", referrerUserId])
    table.add(["reward", reward])
    table.add(["rule", rule])
    table.add(["reason", reason])
    table.add(["score", "\(score)"])
    table.add(["in review since", openedAt.formatted(.iso8601)])
    table.add(["until", until.formatted(.iso8601)])
    if state == "open" { table.add(["time left", timeLeft]) }
    if let verdict { table.add(["verdict", verdict]) }
    if let note { table.add(["note", note]) }
    if let settledBy { table.add(["settled by", settledBy]) }
    if let settledReason { table.add(["because", settledReason]) }
    let given = GivenReport.text(rewards ?? []).map { [$0] } ?? []
    let parts =
      [table.text] + given + (decisions ?? []).map(\.text) + [similarText].compactMap(\.self)
    return parts.joined(separator: "\n\n")
  }

  private var similarText: String? {
    guard let similar, !similar.isEmpty else { return nil }
    var table = TextTable(["SIMILAR CASE", "IN COMMON", "ORDER", "STATE", "RULE", "REWARD"])
    for one in similar {
      table.add([
        "\(one.referralId)", one.common.joined(separator: ", "), one.orderNumber, one.state,
        one.rule, one.rewardStatus,
      ])
    }
    return table.text
  }

  private var timeLeft: String? {
    guard state == "open" else { return nil }
    guard secondsLeft > 0 else { return "over" }
    let (days, hours) = (secondsLeft / 86_400, secondsLeft % 86_400 / 3_600)
    if days > 0 { return "\(days)d \(hours)h" }
    return hours > 0 ? "\(hours)h \(secondsLeft % 3_600 / 60)m" : "\(secondsLeft / 60)m"
  }
}
