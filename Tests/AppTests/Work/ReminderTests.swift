import Domain
import FoundationEssentials
import HTTPTransport
import Letters
import Logging
import MailTesting
import NIOConcurrencyHelpers
import Postgres
import Sandbox
import Testing
import Work

@testable import Ledger

/// Letters that remind of a reward before its last day.
@Suite struct ReminderTests {
  /// A shop that reminds seven days before the end, of rewards that last five.
  private static func shop(
    port: Int, days: Int = 7, mailTimeout: Duration = .seconds(20),
    _ body: (TestShop) async throws -> Void
  ) async throws {
    try await DeliverByMailTests.shop(
      port: port,
      ["LAUREL_REMINDER_DAYS": "\(days)", "REFERRAL_REWARD_VALIDITY_DAYS": "5"],
      work: {
        $0.remindInterval = .milliseconds(100)
        $0.mailTimeout = mailTimeout
      }, body)
  }

  /// As if the letter with the code had come a month ago.
  private static func age(_ shop: TestShop) async throws {
    try await shop.pool.execute("UPDATE rewards SET issued_at = now() - interval '30 days'")
  }

  @Test func theOwnerIsRemindedOnce() async throws {
    try await MailServer.run { server in
      try await Self.shop(port: server.port) { shop async throws in
        let order = try await DeliverByMailTests.pay(shop)
        #expect(try await shop.settleLetters(order).rewards == ["delivered"])
        // Half of its time is not over yet.
        #expect(try await shop.count("SELECT count(*) FROM letters") == 1)
        try await Self.age(shop)
        let mails = try await server.mails(atLeast: 2)
        let reminder = try await ReadLetter(Array(mails[1].data))
        let reward = try #require(
          try await RewardRepository(shop.pool).find(store: shop.store, orderID: order.id).first)
        let day = try #require(reward.expiresOn.flatMap(CalendarDay.init))
        #expect(mails[1].recipients == ["alice@example.com"])
        #expect(
          reminder.subject
            == "10.50 USD from Tea & Cakes: valid until \(day.text(in: .english))")
        #expect(reminder.messageID == "<\(reward.id.uuidString.lowercased()).reminder@example.com>")
        let code = try await DeliverByMailTests.code(shop)
        for part in reminder.parts { #expect(part.text.contains(code)) }
        try await shop.eventually("the reminder is not noted") {
          try await LetterRepository(shop.pool)
            .find(store: shop.store, rewardID: reward.id, .reminder)?.status == "sent"
        }
        // A second look, and the letter with the code, change nothing.
        try await Task.sleep(for: .milliseconds(400))
        #expect(try await server.mails().count == 2)
        let (rewards, letter) = try await shop.standing(order)
        #expect(rewards == ["delivered"])
        #expect(letter == .init(status: "sent", attempts: 1, lastError: nil))
        try await shop.expectSilence(about: [code, "alice@example.com"])
      }
    }
  }

  @Test(arguments: [
    ("status = 'delivered'", 1), ("expires_on = today + 1", 1), ("expires_on = today + 7", 1),
    ("expires_on = today + 8", 0), ("expires_on = today", 0), ("expires_on = today - 1", 0),
    ("expires_on = NULL", 0), ("status = 'issued'", 0), ("status = 'used'", 0),
    ("status = 'expired'", 0), ("status = 'revoked', take_back_reason = 'test'", 0),
    ("reminded_at = now()", 0), ("issued_at = now()", 0),
    // Half of eight days.
    ("issued_at = now() - interval '4 days', expires_on = today + 4", 1),
    ("issued_at = now() - interval '3 days', expires_on = today + 4", 0),
  ])
  func onlyWhatCanStillBeUsedIsRemindedOf(change: String, count: Int) async throws {
    try await TestShop.open { shop async throws in
      _ = try await IssueTests.issue(shop) { _ in }
      let today = "(now() AT TIME ZONE 'UTC')::date"
      try await shop.pool.execute(
        Query(
          text: "UPDATE rewards SET status = 'delivered', expires_on = \(today) + 5, "
            + "issued_at = now() - interval '30 days'"))
      try await shop.pool.execute(
        Query(text: "UPDATE rewards SET \(change.replacing("today", with: today))"))
      let letters = LetterRepository(shop.pool)
      #expect(try await letters.insertReminders(store: shop.store, days: 7) == count)
      #expect(try await letters.insertReminders(store: shop.store, days: 7) == 0)
      #expect(
        try await shop.count("SELECT count(*) FROM letters WHERE kind = 'reminder'") == count)
    }
  }

  @Test func whatIsUsedInTheMeantimeEndsTheLetterAndAlarmsNobody() async throws {
    try await MailServer.run { server in
      try await Self.shop(port: server.port, days: 0) { shop async throws in
        let order = try await DeliverByMailTests.pay(shop)
        _ = try await shop.settleLetters(order)
        let id = try #require(try await shop.rewardIDs().first.flatMap(UUID.init(uuidString:)))
        for (change, reason) in [
          ("status = 'used'", "the reward is used already"),
          (
            "status = 'revoking', take_back_reason = 'test'", "the reward is revoking already"
          ),
          (
            "status = 'delivered', expires_on = (now() AT TIME ZONE 'UTC')::date",
            "the last day of the reward has come"
          ),
        ] {
          try await shop.pool.execute(
            Query(text: "UPDATE rewards SET next_attempt_at = NULL, \(change)"))
          try await shop.pool.execute(
            "INSERT INTO letters (store_id, reward_id, kind) VALUES (\(shop.store.value), \(id), 'reminder')"
          )
          try await shop.eventually("the reminder does not end: \(change)") {
            try await LetterRepository(shop.pool)
              .find(store: shop.store, rewardID: id, .reminder)?.lastError == reason
          }
          try await shop.pool.execute("DELETE FROM letters WHERE kind = 'reminder'")
        }
        #expect(try await server.mails().count == 1)
        #expect(
          shop.logLines.withLockedValue { lines in
            !lines.contains { $0.contains("given up") || $0.contains("bounced") }
          })
      }
    }
  }

  @Test func aServerThatNeverConfirmsGetsTheSameReminder() async throws {
    try await MailServer.run { server in
      try await Self.shop(port: server.port, mailTimeout: .seconds(3)) { shop async throws in
        let order = try await DeliverByMailTests.pay(shop)
        _ = try await shop.settleLetters(order)
        let id = try #require(try await shop.rewardIDs().first)
        // It takes the mail in and dies before it says so, as far as anybody can tell.
        try await shop.pool.execute(
          "UPDATE referral_codes SET referrer_email = 'silent@example.com'")
        try await Self.age(shop)
        let mails = try await server.mails(atLeast: 3)
        var ids: Set<String> = []
        for mail in mails.dropFirst() {
          ids.insert(try await ReadLetter(Array(mail.data)).messageID)
        }
        #expect(ids == ["<\(id).reminder@example.com>"])
        #expect(try await shop.standing(order).letter?.status == "sent")
      }
    }
  }

  @Test func twoProcessesMakeOneReminderEach() async throws {
    try await TestShop.open { shop async throws in
      try await Self.fill(shop, rewards: 250)
      let connected = try await DeliverByMailTests.connected(shop)
      let made = NIOLockedValueBox(0)
      let counts = try await withThrowingTaskGroup(of: [Int].self) { group in
        for _ in 1...2 {
          let remind = Remind(
            pool: shop.pool, store: connected, days: 7, settings: WorkSettings(),
            log: Logger(label: "test")
          ) { made.withLockedValue { $0 += 1 } }
          group.addTask {
            var counts: [Int] = []
            for _ in 1...20 { counts.append(try await remind.look()) }
            return counts
          }
        }
        return try await group.reduce(into: []) { $0 += $1 }
      }
      // The outbox takes so many at a time, and two that count at once take at most twice as many.
      let sum = counts.reduce(0, +)
      #expect((LetterRepository.reminderLimit...2 * LetterRepository.reminderLimit).contains(sum))
      #expect(made.withLockedValue { $0 } == counts.count { $0 > 0 })
      while case _ = try await shop.pool.execute(
        "UPDATE letters SET status = 'sent', sent_at = now(), next_attempt_at = NULL"),
        try await LetterRepository(shop.pool).insertReminders(store: shop.store, days: 7) > 0
      {}
      #expect(
        try await shop.count("SELECT count(*) FROM letters WHERE kind = 'reminder'") == 250)
      #expect(
        try await shop.count("SELECT count(*) FROM rewards WHERE reminded_at IS NOT NULL") == 250)
    }
  }

  @Test func aLargeLedgerIsAskedByItsIndexes() async throws {
    try await TestShop.open { shop async throws in
      try await Self.fill(shop, rewards: 20_000, dueOf: 20)
      try await shop.pool.execute("ANALYZE")
      let plan = try await shop.pool.rows(
        Query(
          text: """
            EXPLAIN SELECT id FROM rewards
            WHERE store_id = \(shop.store.value) AND status = 'delivered' AND reminded_at IS NULL
              AND expires_on > (now() AT TIME ZONE 'UTC')::date
              AND expires_on <= (now() AT TIME ZONE 'UTC')::date + 7
              AND halfway_on <= (now() AT TIME ZONE 'UTC')::date
            ORDER BY expires_on LIMIT 100 FOR UPDATE SKIP LOCKED
            """)
      ) { row in try row.decode("QUERY PLAN", as: String.self) }
      #expect(plan.contains { $0.contains("rewards_to_remind_of") }, "\(plan)")
      #expect(!plan.contains { $0.contains("Sort") || $0.contains("Seq Scan") }, "\(plan)")
      let count = try await LetterRepository(shop.pool)
        .insertReminders(store: shop.store, days: 7)
      #expect(count == LetterRepository.reminderLimit)
    }
  }

  @Test func twoLettersOfARewardAreToldApart() async throws {
    try await TestShop.open { shop async throws in
      let id = try await IssueTests.issue(shop) { _ in }.rewards[0].id
      let letters = LetterRepository(shop.pool)
      try await letters.insert(store: shop.store, rewardID: id)
      try await shop.pool.execute(
        "INSERT INTO letters (store_id, reward_id, kind) VALUES (\(shop.store.value), \(id), 'reminder')"
      )
      let held = try await letters.claimDue(store: shop.store, limit: 9, lease: .milliseconds(1))
      let keys = Dictionary(uniqueKeysWithValues: held.map { ($0.letter, $0.key) })
      #expect(
        keys == [
          .reward: id.uuidString.lowercased(),
          .reminder: "\(id.uuidString.lowercased())/reminder",
        ])
      try await Task.sleep(for: .milliseconds(20))
      // What is under way elsewhere is left alone, and the other one goes on.
      for (kind, key) in keys {
        try await shop.pool.execute(
          "INSERT INTO runs (store_id, stage, key, worker_id) VALUES (\(shop.store.value), 'deliver', \(key), gen_random_uuid())"
        )
        let others = try await letters.claimDue(
          store: shop.store, limit: 9, lease: .milliseconds(1))
        #expect(others.map(\.letter) == [kind == .reward ? .reminder : .reward])
        try await Task.sleep(for: .milliseconds(20))
        // One of them in quarantine leaves the other one due.
        try await shop.pool.execute("UPDATE runs SET worker_id = NULL")
        try await shop.pool.transaction { session in
          try await Quarantine(session).enter(store: shop.store, stage: "deliver", key: key)
        }
        #expect(
          try await shop.count(
            "SELECT count(*) FROM letters WHERE kind = \(kind.rawValue) AND next_attempt_at = 'infinity'"
          ) == 1)
        #expect(
          try await shop.count(
            "SELECT count(*) FROM letters WHERE next_attempt_at = 'infinity'") == 1)
        try await Quarantine(shop.pool).tidy(store: shop.store)
        let isReleased = try await shop.pool.transaction { session in
          try await Quarantine(session).release(store: shop.store, reward: id)
        }
        #expect(isReleased)
        #expect(
          try await shop.count(
            "SELECT count(*) FROM letters WHERE next_attempt_at = 'infinity'") == 0)
      }
      // The end of one is not the end of the other.
      let both = try await letters.claimDue(store: shop.store, limit: 9, lease: .seconds(60))
      let reminder = try #require(both.first { $0.letter == .reminder })
      #expect(try await letters.markSent(store: shop.store, reminder))
      #expect(
        try await letters.find(store: shop.store, rewardID: id)?.status == "waiting")
    }
  }

  /// Has rewards that were delivered a month ago: `dueOf` a hundred within the days of a reminder,
  /// the others last for longer.
  private static func fill(_ shop: TestShop, rewards: Int, dueOf: Int = 100) async throws {
    try await shop.issueAlicesCode()
    try await shop.pool.execute(
      """
      INSERT INTO referrals (store_id, order_id, ref_code, state, referred_customer_id,
        next_check_at)
      SELECT \(shop.store.value), 'o' || number, 'ALICE10', 'rewarded', 'c' || number, NULL
      FROM generate_series(1, \(rewards)::integer) AS number
      """)
    try await shop.pool.execute(
      """
      INSERT INTO rewards (store_id, id, referral_id, order_id, campaign_id, role, version, type,
        amount, currency, code_key_id, gift_card_id, status, next_attempt_at, rollout_bucket,
        issued_at, expires_on)
      SELECT \(shop.store.value), gen_random_uuid(), id, order_id, 'default', 'referrer', 1,
        'gift_card', 10, 'USD', 'key', 'card' || order_id, 'delivered', NULL, 1,
        now() - interval '30 days',
        (now() AT TIME ZONE 'UTC')::date
          + CASE WHEN id % 100 < \(dueOf)::integer THEN 5 ELSE 60 END
      FROM referrals
      """)
  }
}
