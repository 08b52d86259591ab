import Domain

extension Requirement {
  /// The code was issued by this programme.
  package static let codeKnown = Requirement(
    name: "code_known",
    purpose: "Only codes that were issued count."
  ) { facts in
    facts.code == nil
      ? .reject("no code \(ReferralCode.shown(facts.order.referralCodeText)) was issued") : .pass
  }

  /// The code is in force.
  package static let codeActive = Requirement(
    name: "code_active",
    purpose: "A code that was switched off earns nothing."
  ) { facts in
    guard let code = facts.code, !code.isActive else { return .pass }
    return .reject("code \(code.code) is disabled")
  }

  /// The buyer is somebody else than the referrer.
  ///
  /// A guest's order is attached to the customer with the same address (FACTS on orders), and a
  /// customer can check out under another address, so the id and the address are both compared;
  /// of the address, the mailbox that it reaches.
  package static let selfReferral = Requirement(
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

  /// No reward was due for this order before.
  package static let codeOncePerOrder = Requirement(
    name: "code_once_per_order",
    purpose: "An order earns one reward, whichever code it names."
  ) { facts in
    guard let earlier = facts.earlier.first(where: { $0.orderID == facts.order.id }) else {
      return .pass
    }
    return .reject("order \(earlier.orderNumber) has earned the reward of code \(earlier.code)")
  }

  /// No reward was due for this code and this buyer before.
  package static let codeOncePerBuyer = Requirement(
    name: "code_once_per_buyer",
    purpose: "A customer earns the owner of a code one reward."
  ) { facts in
    let code = facts.code?.code.value
    guard let earlier = facts.earlier.first(where: { $0.code == code }) else { return .pass }
    return .reject(
      "\(facts.buyer) was already referred by code \(earlier.code) with order "
        + "\(earlier.orderNumber)")
  }

  /// No reward was due for this buyer before, by any code.
  package static let oneRewardPerBuyer = Requirement(
    name: "one_reward_per_buyer",
    purpose: "A customer can be referred once."
  ) { facts in
    guard let earlier = facts.earlier.first else { return .pass }
    return .reject("\(facts.buyer) was already referred by order \(earlier.orderNumber)")
  }

  /// The referrer has not earned his rewards of the day.
  package static func dailyLimit(_ limit: Int) -> Requirement {
    Requirement(
      name: "daily_limit",
      purpose: "A referrer earns a limited number of rewards a day (UTC)."
    ) { facts in
      facts.tally.today < limit
        ? .pass : .reject("the referrer has earned \(facts.tally.today) of \(limit) rewards today")
    }
  }

  /// The referrer has not earned his rewards of the month.
  package static func monthlyLimit(_ limit: Int) -> Requirement {
    Requirement(
      name: "monthly_limit",
      purpose: "A referrer earns a limited number of rewards a calendar month (UTC)."
    ) { facts in
      facts.tally.thisMonth < limit
        ? .pass
        : .reject(
          "the referrer has earned \(facts.tally.thisMonth) of \(limit) rewards this month")
    }
  }
}

extension Facts {
  /// The buyer for a reason: his id, or his address with its name hidden.
  fileprivate var buyer: String {
    order.userID ?? order.email?.masked ?? "the buyer"
  }
}

extension ReferralCode {
  /// A stranger's text as a reason may show it: the code, or nothing of it when it is none.
  fileprivate static func shown(_ text: String?) -> String {
    text.flatMap(ReferralCode.init(typed:))?.value ?? "of this form"
  }
}
