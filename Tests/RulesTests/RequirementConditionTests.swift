import Domain
import FoundationEssentials
import Rules
import Testing

/// Each rule that a shop's conditions make: hit, miss, fact missing, boundary.
@Suite struct RequirementConditionTests {
  /// One row: what is known, and what the rule says of it.
  struct Row: Sendable, CustomTestStringConvertible {
    let name: String
    let rule: Requirement
    let change: @Sendable (inout Facts) -> Void
    let reason: String?

    /// A case in which the rule passes.
    static func passes(
      _ name: String, _ rule: Requirement,
      _ change: @escaping @Sendable (inout Facts) -> Void = { _ in }
    ) -> Row {
      Row(name: name, rule: rule, change: change, reason: nil)
    }

    /// A case in which the rule refuses for `reason`.
    static func refuses(
      _ name: String, _ rule: Requirement, _ change: @escaping @Sendable (inout Facts) -> Void,
      _ reason: String
    ) -> Row {
      Row(name: name, rule: rule, change: change, reason: reason)
    }

    var testDescription: String { "\(rule.name): \(name)" }
  }

  static func money(_ amount: String, _ currency: String = "USD") throws -> Money {
    Money(
      amount: try #require(Money.decimal(amount)), currency: try #require(Currency(currency)))
  }

  static let blocked = Requirement.blocked(
    BlockList(
      domains: ["trash.example"], mailboxes: ["carol@gmail.com"], users: ["VXNlcjo5"]))

  static let earlierOfCode = Facts.Earlier(
    orderID: "T3JkZXI6MA==", orderNumber: "20", code: "ALICE10")
  static let earlierOfOther = Facts.Earlier(
    orderID: "T3JkZXI6MA==", orderNumber: "20", code: "CAROL10")

  static func rows() throws -> [Row] {
    [
      .passes("of the storefront", .orderOrigin([.checkout])),
      .refuses(
        "a draft of the staff", .orderOrigin([.checkout]), { $0.order.origin = .draft },
        "order 21 has the origin DRAFT"),
      .refuses(
        "a re-issue", .orderOrigin([.checkout]), { $0.order.origin = .reissue },
        "order 21 has the origin REISSUE"),
      .refuses(
        "an import", .orderOrigin([.checkout]), { $0.order.origin = .bulkCreate },
        "order 21 has the origin BULK_CREATE"),
      .refuses(
        "an unknown origin", .orderOrigin([.checkout]), { $0.order.origin = .unknown },
        "order 21 has the origin ?"),
      .passes("a draft where drafts count", .orderOrigin([.draft])) { $0.order.origin = .draft },

      .passes("any channel", .channel([])),
      .passes("one of the channels", .channel(["default-channel", "pl"])),
      .refuses(
        "another channel", .channel(["pl"]), { _ in },
        "order 21 is of channel default-channel, which does not count"),

      .passes("a customer", .staffBuyer),
      .passes("a guest", .staffBuyer) { $0.order.userID = nil },
      .refuses(
        "staff", .staffBuyer, { $0.order.isStaffBuyer = true },
        "order 21 was placed by the shop's staff"),

      .passes("nobody on the list", blocked),
      .passes("another domain that ends alike", blocked) {
        $0.order.emailText = "bob@nottrash.example"
      },
      .passes("an order without an address", blocked) { $0.order.emailText = nil },
      .refuses(
        "a domain", blocked, { $0.order.emailText = "bob@Trash.Example" },
        "buyer: domain trash.example is on the block list"),
      .refuses(
        "a domain below it", blocked, { $0.order.emailText = "bob@eu.trash.example" },
        "buyer: domain trash.example is on the block list"),
      .refuses(
        "a mailbox", blocked, { $0.order.emailText = "C.arol+x@googlemail.com" },
        "buyer: address c***@googlemail.com is on the block list"),
      .refuses(
        "a customer", blocked, { $0.order.userID = "VXNlcjo5" },
        "buyer: customer VXNlcjo5 is on the block list"),
      .refuses(
        "the referrer", .blocked(BlockList(users: ["VXNlcjox"])), { _ in },
        "referrer: customer VXNlcjox is on the block list"),
      .passes("no code, no referrer", .blocked(BlockList(users: ["VXNlcjox"]))) { $0.code = nil },

      .passes("exactly the minimum", .minimumOrder(try money("20"))),
      .passes("above it", .minimumOrder(try money("19.99"))),
      .refuses(
        "a cent below it", .minimumOrder(try money("20.01")), { _ in },
        "order 21 brought in 20 USD, the minimum is 20.01 USD"),
      .refuses(
        "a gift card paid a part", .minimumOrder(try money("20")), { $0.order.totalCharged = 10 },
        "order 21 brought in 10 USD, the minimum is 20 USD"),
      .refuses(
        "a gift card paid all", .minimumOrder(try money("0.01")), { $0.order.totalCharged = 0 },
        "order 21 brought in 0 USD, the minimum is 0.01 USD"),
      .refuses(
        "shipping does not count", .minimumOrder(try money("21")), { $0.order.totalCharged = 30 },
        "order 21 brought in 20 USD, the minimum is 21 USD"),
      .refuses(
        "another currency", .minimumOrder(try money("1", "EUR")), { _ in },
        "order 21 is in USD, the minimum in EUR"),

      .passes("nothing earlier", .codeOncePerOrder),
      .passes("another order", .codeOncePerOrder) { $0.earlier = [earlierOfCode] },
      .refuses(
        "the same order", .codeOncePerOrder,
        { $0.earlier = [.init(orderID: "T3JkZXI6MQ==", orderNumber: "21", code: "CAROL10")] },
        "order 21 has earned the reward of code CAROL10"),

      .passes("nothing earlier", .codeOncePerBuyer),
      .passes("by another code", .codeOncePerBuyer) { $0.earlier = [earlierOfOther] },
      .passes("no code", .codeOncePerBuyer) {
        $0.earlier = [earlierOfOther]
        $0.code = nil
      },
      .refuses(
        "by this code", .codeOncePerBuyer, { $0.earlier = [earlierOfOther, earlierOfCode] },
        "VXNlcjoy was already referred by code ALICE10 with order 20"),

      .passes("nothing earlier", .oneRewardPerBuyer),
      .refuses(
        "by another code", .oneRewardPerBuyer, { $0.earlier = [earlierOfOther] },
        "VXNlcjoy was already referred by order 20"),
      .refuses(
        "a guest", .oneRewardPerBuyer,
        {
          $0.earlier = [earlierOfOther]
          $0.order.userID = nil
        }, "f***@example.com was already referred by order 20"),

      .passes("a first order", .newCustomer) { $0.history = .none },
      .passes("nothing known", .newCustomer) { $0.history = .unknown },
      .refuses(
        "an earlier order", .newCustomer, { $0.history = .order("7") },
        "the buyer has bought before, with order 7"),

      .passes("the last one of the day", .dailyLimit(10)) {
        $0.tally = .init(today: 9, thisMonth: 40)
      },
      .refuses(
        "one too many", .dailyLimit(10), { $0.tally = .init(today: 10, thisMonth: 40) },
        "the referrer has earned 10 of 10 rewards today"),
      .refuses(
        "none allowed", .dailyLimit(0), { _ in }, "the referrer has earned 0 of 0 rewards today"),
      .passes("the last one of the month", .monthlyLimit(10)) {
        $0.tally = .init(today: 0, thisMonth: 9)
      },
      .refuses(
        "one too many", .monthlyLimit(10), { $0.tally = .init(today: 0, thisMonth: 10) },
        "the referrer has earned 10 of 10 rewards this month"),
    ]
  }

  @Test(arguments: try rows()) func rule(_ row: Row) throws {
    var facts = try RequirementTests.facts()
    row.change(&facts)
    #expect(row.rule.check(facts) == row.reason.map(Requirement.Verdict.reject) ?? .pass)
  }

  @Test func whatIsNotReadYetIsWaitedFor() throws {
    var facts = try RequirementTests.facts()
    facts.history = .unread("100 of 250 orders")
    #expect(
      Requirement.newCustomer.check(facts)
        == .wait("the store's past orders are still being read: 100 of 250 orders"))
  }

  @Test func theConditionsAsTheyComePaySimply() throws {
    var facts = try RequirementTests.facts { $0.totalCharged = 0 }
    facts.history = .order("7")
    facts.tally = .init(today: 1000, thisMonth: 1000)
    #expect(Decision.of(facts, by: Requirement.all(for: Conditions())) == .approve)
    facts.order.isStaffBuyer = true
    var conditions = Conditions()
    conditions.staffOrdersCount = true
    #expect(Decision.of(facts, by: Requirement.all(for: conditions)) == .approve)
  }
}
