import Domain
import FoundationEssentials
import HTTPTransport
import Intake
import Ledger
import Logging
import Monitoring
import Postgres
import ServiceLifecycle
import Testing

/// `GET /r/{code}`: a friend follows an invitation.
@Suite struct InvitationTests {
  static let environment = [
    "LAUREL_STOREFRONT_URL": "https://shop.example.com/us?lang=en#top",
    "LAUREL_STOREFRONT_CLIENT_LIMIT": "1000", "LAUREL_STOREFRONT_LIMIT": "1000",
  ]
  private static let plain = "https://shop.example.com/us?lang=en#top"
  private static let invited =
    "https://shop.example.com/us?lang=en&ref=ALICE10&utm_source=referral&utm_medium=invitation"
    + "&utm_campaign=default#top"

  static func follow(
    _ shop: TestShop, _ path: String, _ headers: [(name: String, value: String)] = [],
    method: HTTPRequest.Method = .get
  ) async throws -> HTTPResponse {
    let response = try await shop.transport.send(
      HTTPRequest(method: method, url: shop.url + path, headers: headers))
    #expect(response.status == 302, "\(path)")
    #expect(response.headers.first("Cache-Control") == "no-store")
    return response
  }

  private static func clicks(_ shop: TestShop) async throws -> Int {
    try await shop.count("SELECT coalesce(sum(clicks), 0)::bigint AS count FROM clicks")
  }

  @Test func aFollowedInvitationIsCountedAndLeadsToTheShop() async throws {
    try await TestShop.open(environment: Self.environment) { shop async throws in
      try await shop.issueAlicesCode()
      for path in ["/r/ALICE10", "/r/alice10", "/r/ALICE10?utm_source=evil&ref=OTHER"] {
        #expect(try await Self.follow(shop, path).headers.first("Location") == Self.invited)
      }
      // Looking ahead is no click, though it is answered the same.
      #expect(
        try await Self.follow(shop, "/r/ALICE10", method: .head).headers.first("Location")
          == Self.invited)
      for (name, value) in [
        ("Purpose", "prefetch"), ("Sec-Purpose", "prefetch;prerender"), ("X-Moz", "prefetch"),
        ("X-Purpose", "preview"),
      ] {
        #expect(
          try await Self.follow(shop, "/r/ALICE10", [(name, value)]).headers.first("Location")
            == Self.invited)
      }
      try await shop.eventually("the clicks are not written") {
        try await Self.clicks(shop) == 3
      }
      // The next ones join the same row.
      _ = try await Self.follow(shop, "/r/ALICE10")
      try await shop.eventually("the click is not written") { try await Self.clicks(shop) == 4 }
      #expect(try await shop.count("SELECT count(*) AS count FROM clicks") == 1)
      #expect(
        try await shop.count(
          """
          SELECT count(*) AS count FROM clicks WHERE store_id = \(shop.store.value)
            AND code = 'ALICE10' AND campaign = '' AND channel = ''
            AND day >= (now() AT TIME ZONE 'UTC')::date - 1
          """) == 1)
      let scrape = try await Scrape(shop)
      #expect(
        scrape.values("laurel_clicks_total", by: "outcome") == ["counted": 4, "prefetch": 5])
    }
  }

  @Test func whatNoCodeIsLeadsToTheShopWithoutOne() async throws {
    try await TestShop.open(environment: Self.environment) { shop async throws in
      try await shop.issueAlicesCode()
      for path in [
        "/r/NOSUCH00", "/r/x", "/r/%2F%2Fevil.example.com", "/r/https:evil.example.com",
        "/r/ALICE10%0d%0aSet-Cookie:a=b", "/r/ALICE10?store=nobody.example.com",
      ] {
        let response = try await Self.follow(shop, path)
        let isStray = path.hasSuffix("nobody.example.com")
        #expect(
          response.headers.first("Location") == (isStray ? Self.invited : Self.plain), "\(path)")
        #expect(response.headers.first("Set-Cookie") == nil)
      }
      try await shop.pool.execute("UPDATE referral_codes SET status = 'disabled'")
      #expect(
        try await Self.follow(shop, "/r/ALICE10").headers.first("Location") == Self.plain)
      try await Task.sleep(for: .milliseconds(1500))
      #expect(try await Self.clicks(shop) == 0)
    }
  }

  @Test func beyondTheLimitAFriendStillArrivesAndNothingIsLearnt() async throws {
    let environment = Self.environment.merging(["LAUREL_STOREFRONT_CLIENT_LIMIT": "3"]) { $1 }
    try await TestShop.open(environment: environment) { shop async throws in
      try await shop.issueAlicesCode()
      for _ in 0..<3 { _ = try await Self.follow(shop, "/r/ALICE10") }
      for code in ["ALICE10", "NOSUCH0"] {
        let location = try await Self.follow(shop, "/r/\(code)").headers.first("Location")
        #expect(location == Self.invited.replacing("ALICE10", with: code))
      }
      try await shop.eventually("the clicks are not written") { try await Self.clicks(shop) == 3 }
      try await Task.sleep(for: .milliseconds(1200))
      #expect(try await Self.clicks(shop) == 3)
    }
  }

  @Test func withoutAShopThereIsNowhereToGo() async throws {
    try await TestShop.open { shop async throws in
      let answer = try await shop.get("/r/ALICE10")
      #expect(answer.status == 404 && answer.json["code"] == "storefront_off")
    }
  }

  @Test func aHundredAtOnceAreAHundredClicks() async throws {
    try await TestShop.open(environment: Self.environment) { shop async throws in
      try await shop.issueAlicesCode()
      await withDiscardingTaskGroup { group in
        for _ in 0..<100 {
          group.addTask { _ = try? await Self.follow(shop, "/r/ALICE10") }
        }
      }
      try await shop.eventually("the clicks are not written") {
        try await Self.clicks(shop) == 100
      }
    }
  }

  /// A tally on a ledger of its own that runs for the time of `body`.
  private static func tally(
    _ capacity: Int = 10,
    _ body: @Sendable (ClickTally, Pool, StoreID, Metrics) async throws -> Void
  ) async throws {
    try await TestDatabase.with { database in
      try await database.withPool { pool in
        let log = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let metrics = Metrics()
        let store = try await StoreRepository(pool).connect(
          try #require(StoreAddress("https://shop.example.com/graphql/")))
        try await pool.execute(
          """
          INSERT INTO referral_codes (store_id, code, referrer_user_id, referrer_email)
          SELECT \(store.value), 'CODE' || number, 'user' || number, 'a@example.com'
          FROM generate_series(1, 20) AS number
          """)
        let tally = ClickTally(
          pool: pool, metrics: metrics, log: log, capacity: capacity,
          now: { Date(timeIntervalSince1970: 1_795_305_599) })
        let group = ServiceGroup(services: [tally], logger: log)
        async let runs: Void = group.run()
        try await body(tally, pool, store, metrics)
        await group.triggerGracefulShutdown()
        try await runs
      }
    }
  }

  private static func code(_ number: Int) throws -> ReferralCode {
    try #require(ReferralCode(typed: "CODE\(number)"))
  }

  private static func sum(_ pool: Pool) async throws -> Int {
    try await pool.first("SELECT coalesce(sum(clicks), 0)::bigint AS sum FROM clicks") {
      try $0.decode("sum", as: Int.self)
    } ?? 0
  }

  @Test func theShutdownWritesWhatIsLeftUnderItsDayInUTC() async throws {
    try await TestDatabase.with { database in
      try await database.withPool { pool in
        let log = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let store = try await StoreRepository(pool).connect(
          try #require(StoreAddress("https://shop.example.com/graphql/")))
        try await pool.execute(
          """
          INSERT INTO referral_codes (store_id, code, referrer_user_id, referrer_email)
          VALUES (\(store.value), 'CODE1', 'VXNlcjox', 'a@example.com')
          """)
        let tally = ClickTally(
          pool: pool, metrics: Metrics(), log: log,
          now: { Date(timeIntervalSince1970: 1_795_305_599) })
        let group = ServiceGroup(services: [tally], logger: log)
        for _ in 0..<7 { tally.add(store: store, code: try Self.code(1)) }
        // Unknown by the time that it is written down: not counted, and in nobody's way.
        tally.add(store: store, code: try Self.code(2))
        async let runs: Void = group.run()
        await group.triggerGracefulShutdown()
        try await runs
        let found = try await pool.rows("SELECT day::text AS day, clicks FROM clicks") { row in
          "\(try row.decode("day", as: String.self)) \(try row.decode("clicks", as: Int.self))"
        }
        #expect(found == ["2026-11-21 7"])
      }
    }
  }

  @Test func theMemoryIsBoundedAndAnOutageLosesNothingThatFits() async throws {
    try await Self.tally { tally, pool, store, metrics in
      try await pool.execute("ALTER TABLE clicks RENAME TO hidden")
      for number in 1...20 { tally.add(store: store, code: try Self.code(number)) }
      try await Task.sleep(for: .milliseconds(1500))
      for number in 1...20 { tally.add(store: store, code: try Self.code(number)) }
      try await pool.execute("ALTER TABLE hidden RENAME TO clicks")
      let deadline = ContinuousClock.now + .seconds(20)
      while try await Self.sum(pool) < 20, ContinuousClock.now < deadline {
        try await Task.sleep(for: .milliseconds(50))
      }
      #expect(try await Self.sum(pool) == 20)
      let scrape = try await Scrape(metrics.clicks.family.text)
      #expect(
        scrape.values("laurel_clicks_total", by: "outcome") == ["counted": 20, "dropped": 20])
    }
  }
}
