import Domain
import FoundationEssentials
import Rules
import Testing

@Suite struct RequirementTests {
  static func order(_ change: (inout Order) -> Void = { _ in }) throws -> Order {
    var order = Order(
      id: "T3JkZXI6MQ==", number: "21", status: .unfulfilled, isPaid: true, chargeStatus: .full,
      origin: .checkout, createdAt: Date(timeIntervalSince1970: 1_795_248_000),
      updatedAt: Date(timeIntervalSince1970: 1_795_248_000),
      channel: "default-channel", subtotal: 20, totalCharged: 25,
      currency: try #require(Currency("USD")), userID: "VXNlcjoy", isStaffBuyer: false,
      emailText: "friend@example.com", referralCodeText: "ALICE10")
    change(&order)
    return order
  }

  static func facts(
    active: Bool = true, known: Bool = true, _ change: (inout Order) -> Void = { _ in }
  ) throws -> Facts {
    let code = Facts.Code(
      code: try #require(ReferralCode(typed: "ALICE10")), isActive: active,
      referrerUserID: "VXNlcjox", referrerEmail: try #require(EmailAddress("alice@example.com")))
    return Facts(order: try order(change), code: known ? code : nil)
  }

  static func rule(_ facts: Facts, _ conditions: Conditions = Conditions()) -> String {
    switch Decision.of(facts, by: Requirement.all(for: conditions)) {
    case .approve: "approve"
    case .reject(let rule, _): "reject \(rule)"
    case .wait(let rule, _): "wait \(rule)"
    }
  }

  @Test func aPaidOrderOfAFriendIsApproved() throws {
    #expect(try Self.rule(Self.facts()) == "approve")
    #expect(try Self.rule(Self.facts { $0.chargeStatus = .overcharged }) == "approve")
    #expect(try Self.rule(Self.facts { $0.status = .fulfilled }) == "approve")
    #expect(try Self.rule(Self.facts { $0.userID = nil }) == "approve")
  }

  @Test func anOrderThatFellIsRejected() throws {
    for status in [Order.Status.canceled, .expired, .returned] {
      #expect(try Self.rule(Self.facts { $0.status = status }) == "reject order_stands")
    }
  }

  @Test func anOrderThatIsNotPaidInFullWaits() throws {
    #expect(try Self.rule(Self.facts { $0.isPaid = false }) == "wait order_paid")
    for charge in [Order.ChargeStatus.none, .partial, .unknown] {
      #expect(try Self.rule(Self.facts { $0.chargeStatus = charge }) == "wait order_paid")
    }
    for status in [Order.Status.unconfirmed, .draft, .unknown] {
      #expect(try Self.rule(Self.facts { $0.status = status }) == "wait order_paid")
    }
  }

  @Test func whatWasPaidBeforeItsReviewGoesOnWithAPartialRefund() throws {
    func rule(_ change: (inout Order) -> Void) throws -> Decision {
      Decision.of(
        try Self.facts(change), by: Requirement.all(for: Conditions(), wasPaid: true))
    }
    #expect(try rule { ($0.isPaid, $0.chargeStatus) = (false, .partial) } == .approve)
    guard
      case .reject("payment_stands", _) = try rule({ ($0.isPaid, $0.totalCharged) = (false, 0) })
    else {
      Issue.record("a full refund ends a review")
      return
    }
  }

  @Test func codesMustBeIssuedAndInForce() throws {
    #expect(try Self.rule(Self.facts(known: false)) == "reject code_known")
    #expect(try Self.rule(Self.facts(active: false)) == "reject code_active")
  }

  @Test func nobodyRefersHimself() throws {
    #expect(try Self.rule(Self.facts { $0.userID = "VXNlcjox" }) == "reject self_referral")
    #expect(
      try Self.rule(Self.facts { $0.emailText = "ALICE@Example.com" })
        == "reject self_referral")
    #expect(
      try Self.rule(Self.facts { $0.emailText = "alice+friend@example.com" })
        == "reject self_referral")
    #expect(
      try Self.rule(Self.facts { $0.emailText = "alice@example.org" }) == "approve")
    #expect(
      try Self.rule(
        Self.facts {
          $0.userID = nil
          $0.emailText = nil
        }) == "reject buyer_known")
    #expect(try Self.rule(Self.facts { $0.emailText = nil }) == "approve")
  }

  @Test func reasonsNameTheirValuesAndHideAddresses() throws {
    let facts = try Self.facts {
      $0.userID = nil
      $0.emailText = "alice@example.com"
    }
    #expect(
      Decision.of(facts, by: Requirement.all(for: Conditions()))
        == .reject(
          rule: "self_referral",
          reason: "address a***@example.com is the referrer's of code ALICE10"))
  }

  @Test func everyRuleHasItsOwnName() throws {
    var conditions = Conditions()
    conditions.minimumOrder = Money(amount: 1, currency: try #require(Currency("USD")))
    conditions.newCustomersOnly = true
    conditions.dailyLimit = 1
    conditions.monthlyLimit = 1
    let rules = Requirement.all(for: conditions)
    #expect(rules.count == 17)
    #expect(Set(rules.map(\.name)).count == rules.count)
    #expect(rules.allSatisfy { !$0.purpose.isEmpty })
  }
}
