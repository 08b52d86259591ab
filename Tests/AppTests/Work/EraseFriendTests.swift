import Domain
import FoundationEssentials
import Postgres
import Sandbox
import Testing
import Work

@testable import Ledger

/// Customers whose accounts were deleted and who have rewards as friends.
@Suite struct EraseFriendTests {
  /// An order of Bob's with Alice's code that owes both of them, and that nobody has released.
  private static func owed(
    _ shop: TestShop, user: String? = "VXNlcjoy"
  ) async throws -> SandboxOrder {
    try await shop.issueAlicesCode()
    let order = DecisionTests.paid(1, email: "bob@example.com", user: user)
    await shop.sandbox.put(order)
    _ = try await shop.deliver(shop.body(.orderFullyPaid, order))
    try await shop.eventually("no reward is owed") {
      try await shop.count("SELECT count(*) FROM rewards WHERE status = 'pending'") == 1
    }
    try await shop.owe(order, .friend)
    return order
  }

  private static func statuses(_ shop: TestShop) async throws -> [String: String] {
    Dictionary(
      uniqueKeysWithValues: try await shop.pool.rows("SELECT role, status FROM rewards") { row in
        (try row.decode("role", as: String.self), try row.decode("status", as: String.self))
      })
  }

  @Test func aFriendGetsNothingAnyMoreAndTheReferrerDoes() async throws {
    try await TestShop.open(environment: ["LAUREL_ROLLOUT": "manual"]) { shop async throws in
      _ = try await Self.owed(shop)
      try await EraseTests.tell(shop, id: "VXNlcjoy", email: "bob@example.com")
      try await EraseTests.awaitErasure(shop)
      #expect(try await Self.statuses(shop) == ["referrer": "pending", "friend": "rejected"])
      #expect(
        try await shop.count(
          """
          SELECT count(*) FROM rewards
          WHERE role = 'friend' AND rejection_reason = \(ErasureRepository.reason)
          """) == 1)
      let traces = try await EraseTests.traces(shop, of: "bob")
      #expect(traces.isEmpty, "\(traces)")
    }
  }

  @Test func aFriendWhoIsGoneBeforeTheDecisionGetsNothing() async throws {
    let campaigns = """
      campaigns:
        - id: patient
          hold_days: 14
          rewards:
            - {for: referrer, type: gift_card, amount: {USD: 5}}
            - {for: friend, type: gift_card, amount: {USD: 7}}
      """
    try await TestShop.withRules(campaigns) { shop, _ async throws in
      let order = TestShop.order(1, of: 20, email: "bob@example.com", user: "VXNlcjoy")
      try await shop.tell([order])
      try await shop.eventually("nothing is held back") {
        try await shop.count(
          "SELECT count(*) FROM referrals WHERE rule = 'hold' AND lease_until IS NULL") == 1
      }
      try await EraseTests.tell(shop, id: "VXNlcjoy", email: "bob@example.com")
      try await EraseTests.awaitErasure(shop)
      try await shop.pool.execute(
        """
        UPDATE referrals SET paid_at = paid_at - interval '14 days',
          held_until = held_until - interval '14 days', next_check_at = now()
        """)
      try await shop.settle()
      #expect(try await shop.rewards(of: order) == ["patient referrer 5 USD issued"])
      #expect(
        try await shop.count("SELECT count(*) FROM referrals WHERE state = 'rewarded'") == 1)
      let traces = try await EraseTests.traces(shop, of: "bob")
      #expect(traces.isEmpty, "\(traces)")
    }
  }

  @Test func aFriendWhoIsGoneCostsNoBudget() async throws {
    let campaigns = """
      campaigns:
        - id: patient
          hold_days: 14
          budget: {USD: 7.00}
          rewards: [{for: friend, type: gift_card, amount: {USD: 7}}]
        - id: both
          budget: {USD: 12.00}
          rewards:
            - {for: referrer, type: gift_card, amount: {USD: 5}}
            - {for: friend, type: gift_card, amount: {USD: 7}}
      """
    try await TestShop.withRules(campaigns) { shop, _ async throws in
      let order = TestShop.order(1, of: 20, email: "bob@example.com", user: "VXNlcjoy")
      try await shop.tell([order])
      try await shop.eventually("nothing is held back") {
        try await shop.count(
          "SELECT count(*) FROM referrals WHERE rule = 'hold' AND lease_until IS NULL") == 1
      }
      // What is left is enough for the referrer, and not for both of them.
      try await shop.pool.execute(
        "UPDATE campaign_budgets SET given = 7 WHERE campaign_id = 'both'")
      try await EraseTests.tell(shop, id: "VXNlcjoy", email: "bob@example.com")
      try await EraseTests.awaitErasure(shop)
      try await shop.pool.execute(
        """
        UPDATE referrals SET paid_at = paid_at - interval '14 days',
          held_until = held_until - interval '14 days', next_check_at = now()
        """)
      try await shop.settle()
      #expect(try await shop.rewards(of: order) == ["both referrer 5 USD issued"])
      let decision = try await shop.decision(on: order)
      #expect(decision.reward?.description == "5 USD")
      #expect(
        decision.campaignsPassedOver
          == #"{"patient":"pays the friend only, whose account was deleted"}"#)
    }
  }

  @Test func aGuestWhoseMailboxIsErasedGetsNothingEither() async throws {
    try await TestShop.open(environment: ["LAUREL_ROLLOUT": "manual"]) { shop async throws in
      _ = try await Self.owed(shop, user: nil)
      try await EraseTests.tell(shop, id: "VXNlcjoy", email: "bob@example.com")
      try await EraseTests.awaitErasure(shop)
      #expect(try await Self.statuses(shop) == ["referrer": "pending", "friend": "rejected"])
    }
  }

  @Test func aReferrerWhoIsGoneTakesNothingFromTheFriend() async throws {
    try await TestShop.open(environment: ["LAUREL_ROLLOUT": "manual"]) { shop async throws in
      _ = try await Self.owed(shop)
      try await EraseTests.tell(shop, id: "VXNlcjox", email: "alice@example.com")
      try await EraseTests.awaitErasure(shop)
      #expect(try await Self.statuses(shop) == ["referrer": "rejected", "friend": "pending"])
    }
  }

  @Test(arguments: [
    ("VXNlcjoy", "bob@example.com", "friend"), ("VXNlcjox", "alice@example.com", "referrer"),
  ])
  func onlyHisOwnLettersEnd(id: String, email: String, role: String) async throws {
    try await TestShop.open(
      environment: ["LAUREL_DELIVERY": "store"],
      work: { $0.letterWaits = [.seconds(60)] }
    ) { shop async throws in
      try await shop.issueAlicesCode()
      let order = DecisionTests.paid(1, email: "bob@example.com", user: "VXNlcjoy")
      _ = try await DecisionTests.standings(shop, [order])
      try await shop.owe(order, .friend)
      // A reminder ends as the letter with the code does.
      try await shop.eventually("no letter waits") {
        try await shop.count(
          "SELECT count(*) FROM letters WHERE attempts > 0 AND lease_until IS NULL") == 2
      }
      try await shop.pool.execute(
        """
        INSERT INTO letters (store_id, reward_id, kind, next_attempt_at)
        SELECT store_id, id, 'reminder', now() + interval '1 hour' FROM rewards
        """)
      try await EraseTests.tell(shop, id: id, email: email)
      try await EraseTests.awaitErasure(shop)
      #expect(
        try await shop.count(
          """
          SELECT count(*) FROM letters JOIN rewards ON id = reward_id
          WHERE letters.status = 'failed' AND letters.last_error = \(ErasureRepository.reason)
            AND role = \(role)
          """) == 2)
      #expect(
        try await shop.count("SELECT count(*) FROM letters WHERE status = 'waiting'") == 2)
      #expect(try await shop.count("SELECT count(*) FROM rewards WHERE status = 'issued'") == 2)
    }
  }
}
