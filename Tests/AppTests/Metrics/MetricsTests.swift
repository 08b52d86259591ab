import App
import Domain
import FoundationEssentials
import Postgres
import Sandbox
import Testing

/// `GET /metrics` of a Laurel at work, compared with what was delivered.
@Suite struct MetricsTests {
  @Test func theFiguresAreThoseOfWhatHappened() async throws {
    try await TestShop.open { shop async throws in
      await shop.sandbox.put(AnnouncementTests.alice)
      try await shop.issueAlicesCode()
      await shop.sandbox.inject([.httpStatus(500), .httpStatus(503)], on: "giftCardCreate")
      let orders = [
        DecisionTests.paid(1, email: "b@example.com"),
        DecisionTests.paid(2, email: "c@example.com"),
        DecisionTests.paid(3, email: "alice@example.com"),
        DecisionTests.paid(4, email: "d@example.com", code: "NOSUCH"),
      ]
      for order in orders {
        await shop.sandbox.put(order)
        #expect(try await shop.deliver(shop.body(.orderFullyPaid, order)).status == 200)
      }
      #expect(
        try await shop.deliver(shop.body(.orderFullyPaid, orders[0])).json["status"]
          == "duplicate")
      _ = try await shop.deliver(Array("nothing".utf8), signature: "wrong")
      _ = try await shop.deliver(Array("nothing".utf8))
      _ = try await shop.deliver([UInt8](repeating: 0x20, count: 3 << 20))
      for number in 1...50 {
        let body = #"{"__typename": "Strange\"Event\\\#(number)"}"#
        #expect(try await shop.deliver(Array(body.utf8)).json["status"] == "ignored")
      }
      try await shop.settle()
      try await shop.settleAnnouncements()

      let scrape = try await Scrape(shop)
      let deliveries = { (event: String, outcome: String) in
        scrape.value("laurel_deliveries_total", ["event": event, "outcome": outcome])
      }
      #expect(deliveries("OrderFullyPaid", "accepted") == 4)
      #expect(deliveries("OrderFullyPaid", "duplicate") == 1)
      #expect(deliveries("none", "unauthorized") == 1)
      #expect(deliveries("none", "malformed") == 1)
      #expect(deliveries("none", "too_large") == 1)
      #expect(deliveries("other", "ignored") == 50)
      #expect(scrape.samples.count { $0.name == "laurel_deliveries_total" } == 6)

      let decisions = { (outcome: String, rule: String) in
        scrape.value("laurel_decisions_total", ["outcome": outcome, "rule": rule])
      }
      #expect(decisions("approved", "none") == 2)
      #expect(decisions("rejected", "self_referral") == 1)
      #expect(scrape.values("laurel_decisions_total", by: "outcome")["rejected"] == 2)

      let calls = { (operation: String, outcome: String) in
        scrape.value(
          "laurel_store_call_duration_seconds_count",
          ["operation": operation, "outcome": outcome])
      }
      #expect(calls("GiftCardCreate", "ok") == 2)
      #expect(calls("GiftCardCreate", "unavailable") == 2)
      #expect(calls("Order", "ok") == 4)
      #expect(calls("MetadataUpdate", "ok") == 1)
      let attempts = scrape.values("laurel_attempts_total", by: "stage")
      #expect(attempts["decide"] == 4 && attempts["issue"] == 4 && attempts["announce"] == 1)
      #expect(scrape.values("laurel_rewards", by: "status") == ["issued": 2])
      #expect(scrape.value("laurel_ledger_stopped") == 0)
      #expect(scrape.value("laurel_database_up") == 1)
      #expect(scrape.value("laurel_build_info", ["version": "0.1.0"]) == 1)
      let started = try #require(scrape.value("process_start_time_seconds"))
      #expect(abs(started - Date().timeIntervalSince1970) < 300)
    }
  }

  @Test func theQueuesShowWhatWaitsAndForHowLong() async throws {
    try await TestShop.open { shop async throws in
      try await shop.issueAlicesCode()
      await shop.sandbox.set(tokenWorks: false)
      for number in 1...3 {
        let order = DecisionTests.paid(number, email: "b\(number)@example.com")
        #expect(try await shop.deliver(shop.body(.orderFullyPaid, order)).status == 200)
      }
      try await shop.eventually("the orders are not tracked") {
        try await shop.count("SELECT count(*) AS count FROM referrals") == 3
      }
      // Of the code, which does not reach the store either, the worker is to keep away.
      try await shop.pool.execute(
        """
        UPDATE referral_codes SET announce_at = now() - interval '1 hour',
          announce_lease_until = now() + interval '1 hour', announce_epoch = announce_epoch + 1
        """)
      let scrape = try await Scrape(shop)
      let depth = { (stage: String, state: String) in
        scrape.value("laurel_queue_depth", ["stage": stage, "state": state])
      }
      #expect((depth("decide", "due") ?? 0) + (depth("decide", "later") ?? 0) == 3)
      #expect(depth("announce", "due") == 1 && depth("announce", "later") == 0)
      let age = scrape.value("laurel_queue_oldest_age_seconds", ["stage": "announce"])
      #expect(age.map { (3600..<3900).contains($0) } == true)
      #expect(depth("issue", "due") == 0)
      #expect(
        Set(scrape.values("laurel_queue_depth", by: "stage").keys)
          == [
            "link", "decide", "issue", "label", "follow", "reconsider", "revoke", "announce",
            "deliver", "erase", "note",
          ])
    }
  }

  @Test func withoutADatabaseTheProcessStillTellsWhatItCounted() async throws {
    try await ScratchFolder.with { scratch in
      let cluster = try await scratch.start()
      try await TestShop.run(cluster.connectionString) { shop in
        let body = Array(#"{"__typename":"OrderConfirmed","order":{"id":"order-1"}}"#.utf8)
        #expect(try await shop.deliver(body).status == 200)
        #expect(try await Scrape(shop).value("laurel_database_up") == 1)
        try await cluster.stop()
        #expect(try await shop.deliver(Array("x\(body)".utf8), signature: "wrong").status == 401)
        try await shop.eventually("the outage is not seen") {
          try await Scrape(shop).value("laurel_database_up") == 0
        }
        let scrape = try await Scrape(shop)
        let deliveries = scrape.values("laurel_deliveries_total", by: "outcome")
        #expect(deliveries == ["accepted": 1, "unauthorized": 1])
        #expect(scrape.values("laurel_queue_depth", by: "stage").isEmpty)
        #expect(scrape.values("laurel_rewards", by: "status").isEmpty)
        _ = try await scratch.start()
        try await shop.eventually("the database is not seen again") {
          try await Scrape(shop).value("laurel_database_up") == 1
        }
      }
    }
  }
}
