import Domain
import FoundationEssentials
import HTTPTransport
import Ledger
import Postgres
import SaleorAPI
import Sandbox
import Testing
import Work

@Suite struct RolloutTests {
  @Test func aBucketIsTheSameForEver() throws {
    let store = try #require(StoreAddress("https://shop.example.com/graphql/"))
    let other = try #require(StoreAddress("https://other.example.com/graphql/"))
    // By another program: int.from_bytes(sha256(pack('>I', n) + a + pack('>I', m) + b)[:4]) % 100
    #expect(try RolloutBucket.of(store: store, referrerUserID: "VXNlcjox") == 89)
    #expect(try RolloutBucket.of(store: store, referrerUserID: "VXNlcjoy") == 16)
    #expect(try RolloutBucket.of(store: other, referrerUserID: "VXNlcjox") == 93)
  }

  @Test func everyBucketGetsItsShare() throws {
    let store = try #require(StoreAddress("https://shop.example.com/graphql/"))
    var counts = [Int](repeating: 0, count: 100)
    for number in 1...20_000 {
      counts[try RolloutBucket.of(store: store, referrerUserID: "user-\(number)")] += 1
    }
    #expect(counts.allSatisfy { (120...290).contains($0) }, "\(counts)")
  }

  @Test func offIssuesNothingAndLosesNothing() async throws {
    try await TestShop.open(environment: ["LAUREL_ROLLOUT": "off"]) { shop in
      try await shop.issueAlicesCode()
      try await shop.payOrders(1...3)
      try await shop.waitForRewards(3, .pending)
      // Longer than a reward is tried before a human has to look at it.
      try await shop.pool.execute(
        """
        UPDATE rewards SET created_at = now() - interval '9 days', approved_at = now(),
          next_attempt_at = now() - interval '9 days'
        """)
      try await Task.sleep(for: .milliseconds(400))
      #expect(await shop.sandbox.calls["giftCardCreate"] == nil)
      #expect(try await shop.count("SELECT count(*) FROM rewards WHERE attempts > 0") == 0)
      await shop.sandbox.inject([.httpStatus(500)], on: "giftCardCreate")
      try await Self.issue(shop, .all)
      try await shop.waitForRewards(2, .issued)
      try await shop.waitForRewards(1, .pending)
      try await shop.pool.execute(
        "UPDATE rewards SET next_attempt_at = now() WHERE status = 'pending'")
      try await Self.issue(shop, .all)
      try await shop.waitForRewards(3, .issued)
      #expect(await shop.sandbox.cards.count == 3)
    }
  }

  @Test func theDaysOfValidityCountFromTheFirstAttempt() async throws {
    try await TestShop.open(
      environment: ["LAUREL_ROLLOUT": "off", "REFERRAL_REWARD_VALIDITY_DAYS": "30"]
    ) { shop in
      try await shop.issueAlicesCode()
      try await shop.payOrders(1...1)
      try await shop.waitForRewards(1, .pending)
      try await shop.pool.execute(
        """
        UPDATE rewards SET created_at = created_at - interval '40 days',
          expires_on = expires_on - 40
        """)
      try await Self.issue(shop, .all)
      try await shop.waitForRewards(1, .issued)
      let isRight = try await shop.pool.first(
        """
        SELECT expires_on = (now() AT TIME ZONE 'UTC')::date + 30 AS is_right FROM rewards
        """
      ) { row in try row.decode("is_right", as: Bool.self) }
      #expect(isRight == true)
      #expect(await shop.sandbox.cards.first?.expiryDate != nil)
    }
  }

  @Test func aRewardThatWasTriedBeforeALongPauseIsNotGivenUpAtOnce() async throws {
    try await TestShop.open(environment: ["LAUREL_ROLLOUT": "off"]) { shop in
      try await shop.issueAlicesCode()
      try await shop.payOrders(1...1)
      try await shop.waitForRewards(1, .pending)
      try await shop.pool.execute(
        """
        UPDATE rewards SET first_attempt_at = now() - interval '9 days', attempts = 3,
          next_attempt_at = now() - interval '8 days'
        """)
      await shop.sandbox.inject([.httpStatus(500)], on: "giftCardCreate")
      try await Self.issue(shop, .all)
      try await shop.waitForRewards(1, .pending)
      #expect(try await shop.count("SELECT attempts AS count FROM rewards") == 4)
    }
  }

  @Test func aRewardThatIsTriedForTooLongGoesToAHuman() async throws {
    try await TestShop.open(environment: ["LAUREL_ROLLOUT": "off"]) { shop in
      try await shop.issueAlicesCode()
      try await shop.payOrders(1...1)
      try await shop.waitForRewards(1, .pending)
      try await shop.pool.execute("UPDATE rewards SET first_attempt_at = now() - interval '8 days'")
      await shop.sandbox.inject([.httpStatus(500)], on: "giftCardCreate")
      try await Self.issue(shop, .all)
      try await shop.waitForRewards(1, .dead)
    }
  }

  @Test func aPercentageIssuesToTheBucketsBelowIt() async throws {
    try await TestShop.open(environment: ["LAUREL_ROLLOUT": "50%"]) { shop in
      let address = try #require(
        try await shop.pool.first("SELECT address FROM stores") { row in
          try row.decode("address", as: String.self)
        }.flatMap { StoreAddress($0) })
      var released = 0
      for number in 1...12 {
        let user = String.globalID("User", "\(number)")
        let code = "CODE\(number)"
        _ = try await shop.issueCode(
          #"{"user_id": "\#(user)", "email": "r\#(number)@example.com", "code": "\#(code)"}"#)
        if try RolloutBucket.of(store: address, referrerUserID: user) < 50 { released += 1 }
        let order = DecisionTests.paid(number, email: "f\(number)@example.com", code: code)
        await shop.sandbox.put(order)
        _ = try await shop.deliver(shop.body(.orderFullyPaid, order))
      }
      try await shop.waitForRewards(released, .issued)
      try await shop.waitForRewards(12 - released, .pending)
      try await Task.sleep(for: .milliseconds(300))
      #expect(await shop.sandbox.cards.count == released)
      let wrong = try await shop.count(
        """
        SELECT count(*) AS count FROM rewards WHERE (rollout_bucket < 50) <> (status = 'issued')
        """)
      #expect(wrong == 0)
    }
  }

  @Test func theMigrationDerivesTheSameBuckets() async throws {
    try await TestDatabase.with { database in
      try await TestShop.open(on: database) { shop in
        for number in 1...20 {
          let email = try #require(EmailAddress("r\(number)@example.com"))
          _ = try await CodeDesk(store: shop.store, session: shop.pool).issue(
            userID: "ü-\(number)", email: email, wished: ReferralCode(typed: "CODE\(number)"))
          let order = DecisionTests.paid(
            number, email: "f\(number)@example.com", code: "CODE\(number)")
          await shop.sandbox.put(order)
          _ = try await shop.deliver(shop.body(.orderFullyPaid, order))
        }
        try await shop.settle()
      }
      try await database.withPool { pool in
        let buckets = { @Sendable () async throws -> [Int] in
          try await pool.rows("SELECT rollout_bucket FROM rewards ORDER BY id") { row in
            try row.decode("rollout_bucket", as: Int.self)
          }
        }
        let before = try await buckets()
        #expect(before.count == 20 && Set(before).count > 5)
        let migrator = try Migrator(migrations: LedgerMigrations.all)
        let place = try #require(
          LedgerMigrations.all.firstIndex { $0.name.hasSuffix("add_approval_and_looks") })
        _ = try await migrator.down(pool, steps: LedgerMigrations.all.count - place)
        _ = try await migrator.up(pool)
        #expect(try await buckets() == before)
        let tried = try await pool.first(
          "SELECT count(*) AS count FROM rewards WHERE first_attempt_at IS NOT NULL"
        ) { row in try row.decode("count", as: Int.self) }
        #expect(tried == 20)
      }
    }
  }

  /// Has everything that is owed tried, as a service with this rollout would.
  private static func issue(_ shop: TestShop, _ rollout: Rollout) async throws {
    let address = try #require(
      try await shop.pool.first("SELECT address FROM stores") { row in
        try row.decode("address", as: String.self)
      }.flatMap { StoreAddress($0) })
    var settings = WorkSettings()
    settings.rollout = rollout
    let issue = Issue(
      pool: shop.pool,
      store: ConnectedStore(
        id: shop.store, address: address,
        client: StoreClient(
          graphQL: GraphQLClient(
            transport: shop.transport, url: address.canonical,
            token: await shop.sandbox.app.token, reach: .anywhere))),
      keys: try #require(try RewardKeys([[UInt8](repeating: 7, count: 32)])), post: nil,
      settings: settings, log: ScratchFolder.quiet
    ) {}
    for job in try await issue.claim(16) { await job() }
  }
}
