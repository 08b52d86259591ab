import Domain
import FoundationEssentials
import Ledger
import Postgres
import ProcessTesting
import Sandbox
import Signing
import Testing
import Work

/// What three processes died with is out of the queue, is seen, and can be tried again.
@Suite struct QuarantineTests {
  private static let environment = ["LAUREL_LEASE_SECONDS": "1"]

  /// Has a third process die alone with a piece of work.
  private static func die(_ shop: TestShop, _ stage: String, _ key: String) async throws {
    try await shop.pool.execute(
      """
      INSERT INTO runs (store_id, stage, key, worker_id, is_suspect, is_alone, lone_deaths)
      VALUES (\(shop.store.value), \(stage), \(key), gen_random_uuid(), true, true,
        ARRAY[gen_random_uuid(), gen_random_uuid()])
      ON CONFLICT (store_id, stage, key) DO UPDATE
      SET worker_id = excluded.worker_id, is_suspect = true, is_alone = true,
        lone_deaths = excluded.lone_deaths
      """)
    try await shop.eventually("\(stage) is not in quarantine") {
      try await quarantined(shop, stage) == 1
    }
  }

  private static func quarantined(_ shop: TestShop, _ stage: String) async throws -> Int {
    try await shop.count(
      """
      SELECT count(*) AS count FROM runs WHERE stage = \(stage) AND quarantined_at IS NOT NULL
      """)
  }

  @Test func aRewardIsADeadLetterUntilItIsApproved() async throws {
    let held = Self.environment.merging(["LAUREL_ROLLOUT": "manual"]) { $1 }
    try await TestShop.withCommands(held) { shop, commands in
      _ = try await IssueTests.issue(shop, settles: false) { _ in }
      try await shop.waitForRewards(1, .pending)
      let id = try #require(try await shop.rewardIDs().first)
      try await Self.die(shop, "issue", id)
      try await shop.waitForRewards(1, .dead)
      let listed = try await commands("rewards", "list", "--status", "dead")
      #expect(listed.output.contains(id) && listed.output.contains("quarantined: 3 processes"))
      let scraped = try await Scrape(shop).values("laurel_quarantined", by: "stage")
      #expect(scraped["issue"] == 1 && scraped["decide"] == 0)
      #expect(try await commands("rewards", "approve", id).status == 0)
      try await shop.settle()
      try await shop.waitForRewards(1, .issued)
      #expect(await shop.sandbox.cards.count == 1)
      #expect(try await shop.count("SELECT count(*) AS count FROM runs") == 0)
    }
  }

  @Test func aDeliveryIsReplayed() async throws {
    try await TestShop.withCommands(Self.environment) { shop, commands in
      try await shop.issueAlicesCode()
      let order = DecisionTests.paid(1, email: "friend@example.com")
      await shop.sandbox.put(order)
      let body = shop.body(.orderFullyPaid, order)
      let key = Hex.encode(try SHA256.hash(body))
      // Begun elsewhere before it comes, so that the service does not take it.
      _ = try await RunRepository(shop.pool).begin(
        store: shop.store, stage: "link", keys: [key], worker: UUID(), lease: .seconds(60))
      #expect(try await shop.deliver(body).status == 200)
      try await Self.die(shop, "link", key)
      #expect(
        try await shop.count(
          """
          SELECT count(*) AS count FROM inbox
          WHERE outcome = 'quarantined' AND NOT EXISTS (SELECT FROM inbox_queue)
          """) == 1)
      let listed = try await commands("events", "list", "--outcome", "quarantined")
      #expect(listed.output.contains(key.prefix(16)))
      #expect(await shop.sandbox.cards.isEmpty)
      #expect(try await commands("events", "replay", String(key.prefix(12))).status == 0)
      try await shop.waitForRewards(1, .issued)
      #expect(await shop.sandbox.cards.count == 1)
      #expect(try await Self.quarantined(shop, "link") == 0)
    }
  }

  @Test func anOrderIsReplayed() async throws {
    try await TestShop.withCommands(Self.environment) { shop, commands in
      try await shop.issueAlicesCode()
      let order = DecisionTests.paid(1, email: "friend@example.com")
      // The store does not know it yet, so that it stays tracked.
      #expect(try await shop.deliver(shop.body(.orderFullyPaid, order)).status == 200)
      try await shop.eventually("it is not followed") {
        try await shop.count("SELECT count(*) AS count FROM referrals WHERE checks > 0") == 1
      }
      let id = try await shop.count("SELECT id AS count FROM referrals")
      try await Self.die(shop, "decide", "\(id)")
      await shop.sandbox.put(order)
      let shown = try await commands("events", "list", "--outcome", "quarantined")
      #expect(shown.output.contains("OrderFullyPaid"))
      // An event makes it due, and it stays where it is all the same.
      #expect(try await shop.deliver(shop.body(.orderFullyPaid, order, salt: 1)).status == 200)
      try await Task.sleep(for: .milliseconds(800))
      #expect(await shop.sandbox.cards.isEmpty)
      #expect(try await commands("events", "replay", "--outcome", "quarantined").status == 0)
      try await shop.waitForRewards(1, .issued)
      #expect(await shop.sandbox.cards.count == 1)
    }
  }

  @Test func whatComesAfterTheIssueIsTriedAgainWhenItsRewardIsApproved() async throws {
    try await TestShop.withCommands(Self.environment) { shop, commands in
      _ = try await IssueTests.issue(shop) { _ in }
      let id = try #require(try await shop.rewardIDs().first)
      try await shop.pool.execute(
        """
        INSERT INTO letters (store_id, reward_id, next_attempt_at)
        SELECT store_id, id, now() + interval '1 hour' FROM rewards
        """)
      for stage in ["label", "follow", "deliver"] { try await Self.die(shop, stage, id) }
      #expect(
        try await shop.count(
          """
          SELECT count(*) AS count FROM rewards JOIN letters ON reward_id = id
          WHERE next_look_at = 'infinity' AND letters.next_attempt_at = 'infinity'
            AND rewards.next_attempt_at IS NULL
          """) == 1)
      #expect(try await commands("rewards", "list").output.contains("quarantined"))
      #expect(try await commands("rewards", "approve", id).status == 0)
      try await shop.eventually("it is not looked at, labelled and sent again") {
        try await shop.count(
          """
          SELECT count(*) AS count FROM rewards JOIN letters ON reward_id = id
          WHERE last_look_at IS NOT NULL AND rewards.next_attempt_at IS NULL
            AND letters.next_attempt_at <= now()
            AND NOT EXISTS (SELECT FROM runs)
          """) == 1
      }
      // There is nothing more to release.
      #expect(try await commands("rewards", "approve", id).status == 1)
    }
  }

  @Test func whatIsTakenBackLeavesTheQuarantine() async throws {
    try await TestShop.withCommands(Self.environment) { shop, commands in
      _ = try await IssueTests.issue(shop) { _ in }
      let id = try #require(try await shop.rewardIDs().first)
      try await Self.die(shop, "follow", id)
      #expect(try await commands("rewards", "revoke", id, "--reason", "fraud").status == 0)
      try await shop.waitForRewards(1, .revoked)
      try await shop.eventually("its record stays") {
        try await shop.count("SELECT count(*) AS count FROM runs") == 0
      }
    }
  }
}
