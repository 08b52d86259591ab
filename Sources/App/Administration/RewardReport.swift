import Domain
import FoundationEssentials
import Ledger

/// A reward as the commands show it. Its code at the store is money, and is never shown.
struct RewardReport: Encodable, Sendable {
  private let account: RewardReview.Account
  /// Whether it waits for a human's approval.
  private let waits: Bool

  init(_ account: RewardReview.Account, rollout: Rollout) {
    self.account = account
    waits =
      account.status == "pending" && account.approvedAt == nil
      && (account.approvalsNeeded > 0 || !rollout.releases(bucket: account.rolloutBucket))
  }

  private var id: String { account.id.uuidString.lowercased() }
  private var worth: String {
    GivenReport.worth(
      "\(account.amount) \(account.currency)", percentOff: account.percentOff.map { "\($0)" })
  }
  private var campaign: String {
    GivenReport.campaign(account.campaignID, milestone: account.milestone)
  }
  /// How many people it needs, and who of them has approved it; `nil` when it needs none and none
  /// did.
  private var approvals: String? {
    let names = account.approvers.joined(separator: ", ")
    if account.approvalsNeeded == 0 { return names.isEmpty ? nil : "by \(names)" }
    return "\(account.approvers.count) of \(account.approvalsNeeded)"
      + (names.isEmpty ? "" : ", by \(names)")
  }

  /// The list for people.
  static func table(_ rewards: [RewardReport]) -> String {
    var table = TextTable([
      "REWARD ID", "STATUS", "WORTH", "FOR", "CAMPAIGN", "APPROVED", "ORDER", "CODE", "CREATED",
      "ERROR",
    ])
    for reward in rewards {
      let account = reward.account
      table.add([
        reward.id, reward.waits ? "waiting" : account.status, reward.worth, account.role,
        reward.campaign, reward.approvals, account.orderNumber ?? account.orderID, account.code,
        account.createdAt.formatted(.iso8601), account.rejectionReason ?? account.lastError,
      ])
    }
    return table.text
  }

  /// One reward for people.
  var text: String {
    var table = TextTable()
    table.add(["id", id])
    table.add(["status", waits ? "pending, waits for approval" : account.status])
    table.add(["kind", account.kind])
    table.add(["worth", worth])
    table.add(["campaign", campaign])
    if account.isBound { table.add(["bound", "to its owner, where the store can do that"]) }
    table.add(["too much by", account.excess.map { "\($0) \(account.currency)" }])
    table.add(["can be used until", account.expiresOn ?? "for ever"])
    table.add([
      "order", account.orderNumber.map { "\($0) (\(account.orderID))" } ?? account.orderID,
    ])
    table.add(["referral", "\(account.referralID), \(account.referralState)"])
    table.add(["code used", account.code])
    table.add([account.role, account.recipientUserID])
    table.add(["rollout bucket", "\(account.rolloutBucket)"])
    table.add(["rule", account.rule ?? (account.referralState == "rejected" ? nil : "all passed")])
    table.add(["reason", account.reason])
    table.add(["rejected because", account.rejectionReason])
    table.add(["approvals", approvals])
    table.add(["approved", Self.time(account.approvedAt)])
    table.add(["approval note", account.approvalNote])
    table.add(["attempts", "\(account.attempts)"])
    table.add(["last error", account.lastError])
    table.add(["gift card", account.giftCardID])
    table.add(["voucher", account.voucherID])
    table.add(["spent", account.spentAmount.map { "\($0) \(account.currency)" }])
    table.add(["decided", Self.time(account.createdAt)])
    table.add(["first attempt", Self.time(account.firstAttemptAt)])
    table.add(["next attempt", waits ? nil : Self.time(account.nextAttemptAt)])
    table.add(["issued", Self.time(account.issuedAt)])
    table.add(["last looked at", Self.time(account.lastLookAt)])
    return table.text
  }

  private static func time(_ date: Date?) -> String? { date?.formatted(.iso8601) }

  private enum Keys: String, CodingKey {
    case id, status, waits, kind, amount, currency, expiresOn, orderId, orderNumber, referralId
    case referralState, rule, reason, code, referrerUserId, rolloutBucket, approvedAt
    case approvalNote, rejectionReason, attempts, firstAttemptAt, nextAttemptAt, lastError
    case giftCardId, voucherId, spentAmount, createdAt, issuedAt, lastLookAt, campaign, role
    case recipientUserId, milestone, percentOff, isBound, excess, approvalsNeeded, approvers
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Keys.self)
    try container.encode(id, forKey: .id)
    try container.encode(account.status, forKey: .status)
    try container.encode(waits, forKey: .waits)
    try container.encode(account.kind, forKey: .kind)
    // As text, so that no reader makes a binary fraction of it.
    try container.encode("\(account.amount)", forKey: .amount)
    try container.encode(account.currency, forKey: .currency)
    try container.encode(account.expiresOn, forKey: .expiresOn)
    try container.encode(account.orderID, forKey: .orderId)
    try container.encode(account.orderNumber, forKey: .orderNumber)
    try container.encode(account.referralID, forKey: .referralId)
    try container.encode(account.referralState, forKey: .referralState)
    try container.encode(account.rule, forKey: .rule)
    try container.encode(account.reason, forKey: .reason)
    try container.encode(account.code, forKey: .code)
    try container.encode(account.referrerUserID, forKey: .referrerUserId)
    try container.encode(account.campaignID, forKey: .campaign)
    try container.encode(account.role, forKey: .role)
    try container.encode(account.recipientUserID, forKey: .recipientUserId)
    try container.encode(account.milestone, forKey: .milestone)
    try container.encode(account.percentOff.map { "\($0)" }, forKey: .percentOff)
    try container.encode(account.isBound, forKey: .isBound)
    try container.encode(account.excess.map { "\($0)" }, forKey: .excess)
    try container.encode(account.approvalsNeeded, forKey: .approvalsNeeded)
    try container.encode(account.approvers, forKey: .approvers)
    try container.encode(account.rolloutBucket, forKey: .rolloutBucket)
    try container.encode(account.approvedAt, forKey: .approvedAt)
    try container.encode(account.approvalNote, forKey: .approvalNote)
    try container.encode(account.rejectionReason, forKey: .rejectionReason)
    try container.encode(account.attempts, forKey: .attempts)
    try container.encode(account.firstAttemptAt, forKey: .firstAttemptAt)
    try container.encode(account.nextAttemptAt, forKey: .nextAttemptAt)
    try container.encode(account.lastError, forKey: .lastError)
    try container.encode(account.giftCardID, forKey: .giftCardId)
    try container.encode(account.voucherID, forKey: .voucherId)
    try container.encode(account.spentAmount.map { "\($0)" }, forKey: .spentAmount)
    try container.encode(account.createdAt, forKey: .createdAt)
    try container.encode(account.issuedAt, forKey: .issuedAt)
    try container.encode(account.lastLookAt, forKey: .lastLookAt)
  }
}
