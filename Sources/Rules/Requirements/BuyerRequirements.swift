import Domain

/// Rules about who bought.
extension Requirement {
  /// Somebody bought. Without an id and without an address every rule about the buyer would let
  /// the order pass, and any number of such orders would earn rewards.
  package static let buyerKnown = Requirement(
    name: "buyer_known",
    purpose: "An order without a customer and without an address earns nothing."
  ) { facts in
    facts.order.userID == nil && facts.order.email == nil
      ? .reject("order \(facts.order.number) has neither a customer nor a usable address") : .pass
  }

  /// The buyer is not of the shop's staff.
  package static let staffBuyer = Requirement(
    name: "staff_buyer",
    purpose: "Orders of the shop's own staff earn nothing unless they are allowed."
  ) { facts in
    facts.order.isStaffBuyer
      ? .reject("order \(facts.order.number) was placed by the shop's staff") : .pass
  }

  /// Neither the buyer nor the referrer is kept out.
  package static func blocked(_ list: BlockList) -> Requirement {
    Requirement(
      name: "blocked",
      purpose: "Customers, addresses and domains on the block list neither earn nor count."
    ) { facts in
      if let reason = list.reason(userID: facts.order.userID, email: facts.order.email) {
        return .reject("buyer: \(reason)")
      }
      if let code = facts.code,
        let reason = list.reason(userID: code.referrerUserID, email: code.referrerEmail)
      {
        return .reject("referrer: \(reason)")
      }
      return .pass
    }
  }

  /// The buyer has bought nothing before. What cannot be known does not count against him; what
  /// will be known is waited for.
  package static let newCustomer = Requirement(
    name: "new_customer",
    purpose: "Only a buyer's first order counts."
  ) { facts in
    switch facts.history {
    case .unknown, .none: .pass
    case .order(let earlier): .reject("the buyer has bought before, with order \(earlier)")
    case .unread(let progress): .wait("the store's past orders are still being read: \(progress)")
    }
  }
}
