import FoundationEssentials
import Ledger
import Signing

/// A delivery as the commands show it.
struct EventReport: Encodable, Sendable {
  /// Where the referral of its order stands.
  struct Referral: Encodable, Sendable {
    let state: String
    let rule: String?
    let reason: String?

    init(_ standing: ReferralRepository.Standing) {
      state = standing.state
      rule = standing.rule
      reason = standing.reason
    }
  }

  /// A reward of its order.
  struct Reward: Encodable, Sendable {
    let id: String
    let status: String
  }

  let id: String
  let event: String
  let orderID: String?
  let receivedAt: Date
  let outcome: String
  let canBeReplayed: Bool
  var referral: Referral?
  var rewards: [Reward]?

  init(_ event: EventArchive.Event) {
    id = Hex.encode(event.id)
    self.event = event.event
    orderID = event.orderID
    receivedAt = event.receivedAt
    outcome = event.isQueued ? "waiting" : event.outcome ?? "waiting"
    canBeReplayed = event.hasBody && !event.isQueued
  }

  enum CodingKeys: String, CodingKey {
    case id, event, outcome, referral, rewards, receivedAt, canBeReplayed
    case orderID = "orderId"
  }

  /// The list for people.
  static func table(_ events: [EventReport]) -> String {
    var table = TextTable(["EVENT ID", "RECEIVED", "EVENT", "OUTCOME", "ORDER"])
    for event in events {
      table.add([
        String(event.id.prefix(16)), event.receivedAt.formatted(.iso8601), event.event,
        event.outcome, event.orderID,
      ])
    }
    return table.text
  }

  /// One delivery for people.
  var text: String {
    var table = TextTable()
    table.add(["id", id])
    table.add(["event", event])
    table.add(["received", receivedAt.formatted(.iso8601)])
    table.add(["outcome", outcome])
    table.add(["can be replayed", canBeReplayed ? "yes" : "no"])
    table.add(["order", orderID])
    if let referral {
      table.add(["referral", referral.state])
      table.add(["rule", referral.rule])
      table.add(["reason", referral.reason])
    } else {
      table.add(["referral", nil])
    }
    for reward in rewards ?? [] { table.add(["reward", "\(reward.id) \(reward.status)"]) }
    return table.text
  }
}
