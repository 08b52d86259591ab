import Domain
import FoundationEssentials
import Intake
import Ledger
import Logging
import Monitoring
import Postgres
import ServiceLifecycle
import Testing

/// Clicks on their way into the ledger.
@Suite struct ClickTallyTests {
  /// A tally of a second before midnight in UTC, and a ledger with the codes CODE1 to CODE20.
  private struct Desk: Sendable {
    let tally: ClickTally
    let pool: Pool
    let store: StoreID
    let metrics: Metrics
    private let log = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    static func with(
      capacity: Int = 100, timeZone: String = "UTC", _ body: @Sendable (Desk) async throws -> Void
    ) async throws {
      try await TestDatabase.with { database in
        try await database.withPool { pool in
          let store = try await StoreRepository(pool).connect(
            try #require(StoreAddress("https://shop.example.com/graphql/")))
          try await pool.execute(
            """
            INSERT INTO referral_codes (store_id, code, referrer_user_id, referrer_email)
            SELECT \(store.value), 'CODE' || number, 'user' || number, 'a@example.com'
            FROM generate_series(1, 20) AS number
            """)
          let metrics = Metrics()
          try await body(
            Desk(
              tally: ClickTally(
                pool: pool, metrics: metrics,
                log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
                timeZone: { timeZone }, capacity: capacity,
                now: { Date(timeIntervalSince1970: 1_795_305_599) }),
              pool: pool, store: store, metrics: metrics))
        }
      }
    }

    func click(_ number: Int) throws {
      tally.add(store: store, code: try #require(ReferralCode(typed: "CODE\(number)")))
    }

    /// Runs the tally for the time of `body`, and shuts it down.
    func running(_ body: () async throws -> Void) async throws {
      let group = ServiceGroup(services: [tally], logger: log)
      async let runs: Void = group.run()
      let result = await Swift.Result { try await body() }
      await group.triggerGracefulShutdown()
      try await runs
      try result.get()
    }

    func sum() async throws -> Int {
      try await pool.first("SELECT coalesce(sum(clicks), 0)::bigint AS sum FROM clicks") {
        try $0.decode("sum", as: Int.self)
      } ?? 0
    }
  }

  @Test(arguments: [
    ("UTC", "2026-11-21"), ("Europe/Berlin", "2026-11-22"), ("Asia/Kathmandu", "2026-11-22"),
    ("America/St_Johns", "2026-11-21"), ("Pacific/Kiritimati", "2026-11-22"),
  ])
  func theShutdownWritesWhatIsLeftUnderItsDayInTheShop(
    timeZone: String, day: String
  ) async throws {
    try await Desk.with(timeZone: timeZone) { desk in
      for _ in 0..<7 { try desk.click(1) }
      // Unknown by the time that it is written down: not counted, and in nobody's way.
      try desk.click(21)
      try await desk.running {}
      let found = try await desk.pool.rows("SELECT day::text AS day, clicks FROM clicks") { row in
        "\(try row.decode("day", as: String.self)) \(try row.decode("clicks", as: Int.self))"
      }
      #expect(found == ["\(day) 7"])
    }
  }

  @Test func clicksOfCampaignsAndChannelsAreApartAndThoseOfADayTogether() async throws {
    try await Desk.with { desk in
      let code = try #require(ReferralCode(typed: "CODE1"))
      for _ in 0..<3 { desk.tally.add(store: desk.store, code: code, campaign: "spring") }
      for _ in 0..<2 {
        desk.tally.add(store: desk.store, code: code, campaign: "spring", channel: "us")
      }
      try desk.click(1)
      try await desk.running {}
      // Another quarter of an hour of the same day, twice in one statement.
      try await ClickRepository(desk.pool).add(
        store: desk.store,
        [1_795_300_200, 1_795_301_100].map {
          .init(
            code: code, followedAt: Date(timeIntervalSince1970: $0), campaign: "spring",
            channel: "", clicks: 10)
        }, timeZone: "UTC")
      let found = try await desk.pool.rows(
        "SELECT campaign, channel, clicks FROM clicks ORDER BY campaign, channel"
      ) { row in
        "\(try row.decode("campaign", as: String.self)) "
          + "\(try row.decode("channel", as: String.self)) "
          + "\(try row.decode("clicks", as: Int.self))"
      }
      #expect(found == ["  1", "spring  23", "spring us 2"])
    }
  }

  @Test func theMemoryIsBoundedAndAnOutageLosesNothingThatFits() async throws {
    try await Desk.with(capacity: 10) { desk in
      try await desk.running {
        try await desk.pool.execute("ALTER TABLE clicks RENAME TO hidden")
        for number in 1...20 { try desk.click(number) }
        try await Task.sleep(for: .milliseconds(1500))
        for number in 1...20 { try desk.click(number) }
        try await desk.pool.execute("ALTER TABLE hidden RENAME TO clicks")
        let deadline = ContinuousClock.now + .seconds(20)
        while try await desk.sum() < 20, ContinuousClock.now < deadline {
          try await Task.sleep(for: .milliseconds(50))
        }
        #expect(try await desk.sum() == 20)
      }
      let scrape = try await Scrape(desk.metrics.clicks.family.text)
      #expect(
        scrape.values("laurel_clicks_total", by: "outcome") == ["counted": 20, "dropped": 20])
    }
  }
}
