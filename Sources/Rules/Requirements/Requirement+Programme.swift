package import Domain

extension Requirement {
  /// The rules of a programme with these conditions, in the sequence in which they are asked: the
  /// first that does not pass decides.
  ///
  /// - Parameter wasPaid: whether the case is in review or held back: its order was paid in full when
  ///   that began. A partial refund, which ends `isPaid` (FACTS §4), does not end it since.
  package static func all(
    for conditions: Conditions, wasPaid: Bool = false
  ) -> [Requirement] {
    var rules: [Requirement] = [
      .orderStands, wasPaid ? .paymentStands : .orderPaid, .codeKnown, .codeActive, .buyerKnown,
      .orderOrigin(conditions.origins), .channel(conditions.channels),
    ]
    if !conditions.staffOrdersCount { rules.append(.staffBuyer) }
    rules += [.blocked(conditions.blocked), .selfReferral]
    if let minimum = conditions.minimumOrder { rules.append(.minimumOrder(minimum)) }
    rules += [.codeOncePerOrder, .codeOncePerBuyer, .oneRewardPerBuyer]
    if conditions.newCustomersOnly { rules.append(.newCustomer) }
    if let limit = conditions.dailyLimit { rules.append(.dailyLimit(limit)) }
    if let limit = conditions.monthlyLimit { rules.append(.monthlyLimit(limit)) }
    return rules
  }

  /// The rules that an order has to go on meeting once its reward was due; `minimumOrder` is the
  /// minimum that held at that time, `nil` for none.
  package static func standing(minimumOrder: Money?) -> [Requirement] {
    [.orderStands, .paymentStands] + (minimumOrder.map { [.minimumOrder($0)] } ?? [])
  }
}
