package import Domain
import FoundationEssentials

/// Rules about the order itself.
extension Requirement {
  /// The order has not been undone.
  package static let orderStands = Requirement(
    name: "order_stands",
    purpose: "A cancelled, expired or returned order earns no reward."
  ) { facts in
    switch facts.order.status {
    case .canceled, .expired, .returned:
      .reject("order \(facts.order.number) is \(facts.order.status.rawValue)")
    default: .pass
    }
  }

  /// The order is paid in full and confirmed (FACTS §4: `isPaid`, `chargeStatus` and `status`
  /// together say so; no single one of them does).
  package static let orderPaid = Requirement(
    name: "order_paid",
    purpose: "A reward is due once the friend's order is confirmed and paid in full."
  ) { facts in
    let order = facts.order
    let charged = order.chargeStatus == .full || order.chargeStatus == .overcharged
    let confirmed =
      switch order.status {
      case .unfulfilled, .partiallyFulfilled, .fulfilled, .partiallyReturned: true
      default: false
      }
    return order.isPaid && charged && confirmed
      ? .pass
      : .wait(
        "order \(order.number) is \(order.status.rawValue), "
          + "paid: \(order.isPaid), charged: \(order.chargeStatus.rawValue)")
  }

  /// Something stays paid. An order that gift cards paid in full has nothing charged and is paid
  /// all the same (FACTS §4).
  package static let paymentStands = Requirement(
    name: "payment_stands",
    purpose: "A reward is taken back when the order is refunded as a whole."
  ) { facts in
    facts.order.isPaid || facts.order.totalCharged > 0
      ? .pass : .reject("order \(facts.order.number) was refunded")
  }

  /// The order came to be in one of these ways.
  package static func orderOrigin(_ origins: Set<Order.Origin>) -> Requirement {
    Requirement(
      name: "order_origin",
      purpose: "Drafts of the staff, re-issues and imports earn nothing unless they are allowed."
    ) { facts in
      let order = facts.order
      return origins.contains(order.origin)
        ? .pass : .reject("order \(order.number) has the origin \(order.origin.rawValue)")
    }
  }

  /// The order was placed in one of these channels; none stands for all.
  package static func channel(_ channels: Set<String>) -> Requirement {
    Requirement(
      name: "channel",
      purpose: "Only orders of the programme's channels count."
    ) { facts in
      channels.isEmpty || channels.contains(facts.order.channel)
        ? .pass
        : .reject(
          "order \(facts.order.number) is of channel \(facts.order.channel), which does not count")
    }
  }

  /// The order brings in this much, in money for goods.
  package static func minimumOrder(_ minimum: Money) -> Requirement {
    Requirement(
      name: "minimum_order",
      purpose: "An order below the minimum earns nothing; shipping and gift cards do not count."
    ) { facts in
      let spending = facts.order.spending
      guard spending.currency == minimum.currency else {
        return .reject(
          "order \(facts.order.number) is in \(spending.currency), the minimum in "
            + "\(minimum.currency)")
      }
      return spending.amount >= minimum.amount
        ? .pass
        : .reject(
          "order \(facts.order.number) brought in \(spending), the minimum is \(minimum)")
    }
  }
}
