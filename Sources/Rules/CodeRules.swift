import Domain

extension Rule {
  /// The code was issued by this programme.
  package static let codeKnown = Rule(
    name: "code_known",
    purpose: "Only codes that were issued count."
  ) { facts in
    facts.code == nil
      ? .reject("no code \(ReferralCode.shown(facts.order.referralCodeText)) was issued") : .pass
  }

  /// The code is in force.
  package static let codeActive = Rule(
    name: "code_active",
    purpose: "A code that was switched off earns nothing."
  ) { facts in
    guard let code = facts.code, !code.isActive else { return .pass }
    return .reject("code \(code.code) is disabled")
  }

  /// The buyer can be told from others.
  ///
  /// Drafts can be completed without a customer and without an address; every rule about the buyer
  /// would let any number of such orders pass.
  package static let buyerKnown = Rule(
    name: "buyer_known",
    purpose: "An order without a customer and without an address earns nothing."
  ) { facts in
    facts.order.userID == nil && facts.order.email == nil
      ? .reject("order \(facts.order.number) has neither a customer nor a usable address") : .pass
  }

  /// The buyer is somebody else than the referrer.
  ///
  /// A guest's order is attached to the customer with the same address (FACTS on orders), and a
  /// customer can check out under another address, so the id and the address are both compared;
  /// of the address, the mailbox that it reaches.
  package static let selfReferral = Rule(
    name: "self_referral",
    purpose: "Nobody earns a reward by his own order."
  ) { facts in
    guard let code = facts.code else { return .pass }
    if let buyer = facts.order.userID, buyer == code.referrerUserID {
      return .reject("buyer \(buyer) is the referrer of code \(code.code)")
    }
    if let email = facts.order.email, email.mailbox == code.referrerEmail.mailbox {
      return .reject("address \(email.masked) is the referrer's of code \(code.code)")
    }
    return .pass
  }

  /// The buyer has not been referred before.
  package static let oneRewardPerBuyer = Rule(
    name: "one_reward_per_buyer",
    purpose: "A customer can be referred once."
  ) { facts in
    guard let earlier = facts.earlierOrder else { return .pass }
    let buyer = facts.order.userID ?? facts.order.email?.masked ?? "the buyer"
    return .reject("\(buyer) was already referred by order \(earlier)")
  }

  /// The rules of the shipped programme, in the order in which they are asked.
  package static let standard: [Rule] = [
    .orderStands, .orderPaid, .codeKnown, .codeActive, .buyerKnown, .selfReferral,
    .oneRewardPerBuyer,
  ]
}

extension ReferralCode {
  /// A stranger's text as a reason may show it: the code, or nothing of it when it is none.
  fileprivate static func shown(_ text: String?) -> String {
    text.flatMap(ReferralCode.init(typed:))?.value ?? "of this form"
  }
}
