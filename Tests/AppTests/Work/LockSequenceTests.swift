import Domain
import FoundationEssentials
import Ledger
import Postgres
import Sandbox
import Testing

/// Two workers that hold the same referrals take them in one sequence.
@Suite struct LockSequenceTests {
  /// Two ids in the sequence of their bytes; in that of a language, it is the other way round.
  private static let first = "T3JkZXI6B"
  private static let second = "T3JkZXI6a"

  /// Follows both orders, locks the first one, lets `body` begin, and gives whether the second is
  /// still free while `body` waits for the first.
  private static func isSecondFree(
    _ shop: TestShop, before prepare: Query? = nil,
    _ body: @escaping @Sendable () async throws -> Void
  ) async throws -> Bool {
    // As in a database whose default is a language's sequence. The view stands in the way.
    try await shop.pool.execute("DROP VIEW review_cases")
    try await shop.pool.execute(
      #"ALTER TABLE referrals ALTER COLUMN order_id TYPE text COLLATE "en-x-icu""#)
    for order in [first, second] {
      try await shop.pool.execute(
        """
        INSERT INTO referrals (store_id, order_id, ref_code, next_check_at)
        VALUES (\(shop.store.value), \(order), 'ALICE10', now() + interval '1 day')
        """)
    }
    if let prepare { try await shop.pool.execute(prepare) }
    return try await withThrowingTaskGroup(of: Void.self) { group in
      let isFree = try await shop.pool.transaction { session in
        func lock(_ order: String) async throws -> Bool {
          try await session.first(
            "SELECT true FROM referrals WHERE order_id = \(order) FOR UPDATE SKIP LOCKED"
          ) { row in try row.decode(0, as: Bool.self) } ?? false
        }
        #expect(try await lock(first))
        group.addTask { try await body() }
        try await shop.eventually("nobody waits for the first referral") {
          try await shop.count(
            """
            SELECT count(*) AS count FROM pg_stat_activity
            WHERE datname = current_database() AND wait_event_type = 'Lock'
            """) == 1
        }
        return try await lock(second)
      }
      try await group.waitForAll()
      return isFree
    }
  }

  @Test func ordersThatFellAreHeldByTheBytesOfTheirIDs() async throws {
    try await TestShop.open { shop async throws in
      let isFree = try await Self.isSecondFree(shop) {
        try await shop.pool.transaction { session in
          let orders = [Self.second, Self.first]
          try await ReferralRepository(session).hold(store: shop.store, orders: orders)
          try await TakeBackRepository(session).reconsider(store: shop.store, orders: orders)
        }
      }
      #expect(isFree)
    }
  }

  @Test func anErasureHoldsTheOrdersByTheBytesOfTheirIDs() async throws {
    try await TestShop.open { shop async throws in
      try await shop.issueAlicesCode()
      let isFree = try await Self.isSecondFree(
        shop,
        before: "UPDATE referrals SET state = 'review', review_until = now() + interval '1 day'"
      ) {
        try await shop.tellOfDeletion(id: "VXNlcjox", email: "alice@example.com")
        try await shop.awaitErasures(1)
      }
      #expect(isFree)
    }
  }

  @Test func anErasureTakesTheCodeFirst() async throws {
    try await TestShop.open { shop async throws in
      try await shop.issueAlicesCode()
      try await shop.pool.execute(
        """
        INSERT INTO referrals (store_id, order_id, ref_code, state, next_check_at, review_until)
        VALUES (\(shop.store.value), \(Self.first), 'ALICE10', 'review',
          now() + interval '1 day', now() + interval '1 day')
        """)
      try await shop.pool.transaction { session in
        let code = try #require(ReferralCode(typed: "ALICE10"))
        _ = try await CodeRepository(session).hold(store: shop.store, code: code)
        try await shop.tellOfDeletion(id: "VXNlcjox", email: "alice@example.com")
        try await shop.eventually("nobody waits for the code") {
          try await shop.count(
            """
            SELECT count(*) AS count FROM pg_stat_activity
            WHERE datname = current_database() AND wait_event_type = 'Lock'
            """) == 1
        }
        try await ReferralRepository(session).hold(store: shop.store, orders: [Self.first])
      }
      try await shop.awaitErasures(1)
    }
  }

  @Test func aBatchHoldsPaidAndFallenOrdersInOneSequence() async throws {
    try await TestShop.open { shop async throws in
      let bodies = [
        """
        {"__typename": "OrderPaid", "order": {"id": "\(Self.second)",
        "metadata": [{"key": "ref_code", "value": "ALICE10"}]}}
        """,
        #"{"__typename": "OrderCancelled", "order": {"id": "\#(Self.first)"}}"#,
      ]
      let isFree = try await Self.isSecondFree(shop) {
        // Both with one commit, so that one batch has them.
        _ = try await InboxRepository(shop.pool).insert(
          bodies.enumerated().map { number, body in
            .init(
              store: shop.store, eventID: [UInt8](repeating: UInt8(number), count: 32),
              event: number == 0 ? "OrderPaid" : "OrderCancelled", orderID: nil, isUsed: true,
              body: Array(body.utf8))
          })
        try await shop.eventually("the batch is not linked") {
          try await shop.count("SELECT count(*) AS count FROM inbox_queue") == 0
        }
      }
      #expect(isFree)
    }
  }

  @Test func aDecisionHoldsTheCodeBeforeTheBudgetAndTheBudgetBeforeTheReferral() async throws {
    let rules = """
      campaigns:
        - id: spring
          budget: {USD: 100.00}
          limits: {in_all: 10}
          rewards: [{for: referrer, type: gift_card, amount: {USD: 3.00}}]
      """
    try await TestShop.withRules(rules) { shop, _ async throws in
      // Begins the sum.
      try await shop.place([TestShop.order(1, of: 20)])
      try await shop.pool.transaction { session in
        let code = try #require(ReferralCode(typed: "ALICE10"))
        _ = try await CodeRepository(session).hold(store: shop.store, code: code)
        try await shop.tell([TestShop.order(2, of: 20)])
        try await Self.awaitOneWaiter(shop)
        let free = try await session.rows("SELECT FROM campaign_budgets FOR UPDATE SKIP LOCKED") {
          _ in true
        }
        #expect(free == [true])
      }
      try await shop.settle()
      try await shop.pool.transaction { session in
        try await session.execute("SELECT FROM campaign_budgets FOR UPDATE")
        try await shop.tell([TestShop.order(3, of: 20)])
        try await Self.awaitOneWaiter(shop)
        let free = try await session.rows(
          "SELECT FROM referrals WHERE state = 'tracked' FOR UPDATE SKIP LOCKED"
        ) { _ in true }
        #expect(free == [true])
      }
      try await shop.settle()
      #expect(try await shop.count("SELECT count(*) AS count FROM rewards") == 3)
    }
  }

  /// A campaign whose rewards wait for a human.
  private static let heldBack = """
    campaigns:
      - id: spring
        budget: {USD: 100.00}
        approval: manual
        rewards: [{for: referrer, type: gift_card, amount: {USD: 3.00}}]
    """

  private static func awaitOneWaiter(_ shop: TestShop) async throws {
    try await shop.eventually("nobody waits") {
      try await shop.count(
        """
        SELECT count(*) AS count FROM pg_stat_activity
        WHERE datname = current_database() AND wait_event_type = 'Lock'
        """) == 1
    }
  }

  /// Places an order whose reward waits.
  private static func placeWaiting(_ shop: TestShop) async throws {
    try await shop.tell([TestShop.order(1, of: 20)])
    try await shop.awaitDecisions(1)
    #expect(
      try await shop.count("SELECT count(*) AS count FROM rewards WHERE status = 'pending'") == 1)
  }

  /// Takes the reward and the referral while the budget is held, as a decision does: whoever holds
  /// one of them and waits for the budget makes this a deadlock.
  private static func holdAll(
    _ shop: TestShop, while body: @escaping @Sendable () async throws -> Void
  ) async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      try await shop.pool.transaction { session in
        try await session.execute("SELECT FROM campaign_budgets FOR UPDATE")
        group.addTask { try await body() }
        try await awaitOneWaiter(shop)
        for table in ["rewards", "referrals"] {
          let free = try await session.rows(
            table == "rewards"
              ? "SELECT FROM rewards FOR UPDATE SKIP LOCKED"
              : "SELECT FROM referrals FOR UPDATE SKIP LOCKED"
          ) { _ in true }
          #expect(free == [true], "\(table)")
        }
      }
      try await group.waitForAll()
    }
  }

  @Test func aTakeBackHoldsTheBudgetFirst() async throws {
    try await TestShop.withRules(Self.heldBack) { shop, _ async throws in
      try await Self.placeWaiting(shop)
      let reward = try #require(
        try await shop.pool.first("SELECT id FROM rewards") { row in
          try row.decode("id", as: UUID.self)
        })
      try await Self.holdAll(shop) {
        let state = try await shop.pool.transaction { session in
          try await TakeBackRepository(session).takeBack(
            store: shop.store, reward: reward, in: [.pending], reason: "a test")
        }
        #expect(state == .rejected)
      }
      #expect(
        try await shop.count("SELECT count(*) AS count FROM campaign_budgets WHERE given = 0") == 1)
    }
  }

  @Test func anErasureHoldsTheBudgetBeforeTheRewards() async throws {
    try await TestShop.withRules(Self.heldBack) { shop, _ async throws in
      try await Self.placeWaiting(shop)
      try await Self.holdAll(shop) {
        try await shop.tellOfDeletion(id: "VXNlcjox", email: "alice@example.com")
        try await shop.awaitErasures(1)
      }
      #expect(
        try await shop.count("SELECT count(*) AS count FROM campaign_budgets WHERE given = 0") == 1)
    }
  }

  @Test func aRewardMadeWorthlessHoldsTheBudgetFirst() async throws {
    try await TestShop.withRules(Self.heldBack) { shop, _ async throws in
      try await Self.placeWaiting(shop)
      // With one transaction, so that the worker is not faster.
      let claims = try await shop.pool.transaction { session in
        try await session.execute(
          """
          UPDATE rewards SET status = 'revoking', take_back_reason = 'a test',
            first_attempt_at = now(), next_attempt_at = now()
          """)
        return try await RewardRepository(session)
          .claimDue(store: shop.store, status: .revoking, limit: 1, lease: .seconds(600))
      }
      let claim = try #require(claims.first)
      try await Self.holdAll(shop) {
        let holds = try await TakeBackRepository(shop.pool)
          .markRevoked(store: shop.store, claim, shortfall: 1)
        #expect(holds)
      }
      #expect(
        try await shop.count("SELECT count(*) AS count FROM campaign_budgets WHERE given = 1") == 1)
    }
  }
}
