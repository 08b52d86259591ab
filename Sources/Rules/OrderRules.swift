import Domain

extension Rule {
  /// The order is alive.
  package static let orderStands = Rule(
    name: "order_stands",
    purpose: "A cancelled, expired or returned order earns no reward."
  ) { facts in
    switch facts.order.status {
    case .canceled, .expired, .returned:
      .reject("order \(facts.order.number) is \(facts.order.status.rawValue)")
    default: .pass
    }
  }

  /// The order is paid in full and confirmed.
  ///
  /// The store confirms orders that nobody has paid, calls an order paid when a part has arrived,
  /// and keeps a paid one unconfirmed where staff confirm by hand (FACTS on orders), so all three
  /// are asked.
  package static let orderPaid = Rule(
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
}
