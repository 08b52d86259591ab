import Domain
import FoundationEssentials
import HTTPTransport
import Postgres
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
    let response = try await shop.fetch(path, method, headers: headers)
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

  /// Ended, running here only, running everywhere.
  private static let campaigns = """
    time_zone: Europe/Berlin
    campaigns:
      - id: ended
        until: 2020-01-31
        link: {source: old}
        rewards: [{for: referrer, type: gift_card, amount: {USD: 5}}]
      - id: here
        channels: [us]
        link: {source: newsletter, medium: mail, campaign: spring-2026}
        rewards: [{for: referrer, type: gift_card, amount: {USD: 5}}]
      - id: all
        rewards: [{for: referrer, type: gift_card, amount: {USD: 5}}]
    """

  @Test func aLinkHasTheMarksOfTheCampaignThatRunsOrThatItNames() async throws {
    try await TermsFolder.with(Self.campaigns) { folder in
      let environment = Self.environment.merging(["LAUREL_CONFIG": folder.file]) { $1 }
      try await TestShop.open(environment: environment) { shop async throws in
        try await shop.issueAlicesCode()
        for (query, marks) in [
          ("", "utm_source=laurel&utm_medium=referral&utm_campaign=all"),
          ("?channel=us", "utm_source=newsletter&utm_medium=mail&utm_campaign=spring-2026"),
          // Nobody makes rows by writing links: what the file does not name is no channel.
          ("?channel=mars", "utm_source=laurel&utm_medium=referral&utm_campaign=all"),
          ("?campaign=ended", "utm_source=old&utm_medium=referral&utm_campaign=ended"),
          ("?campaign=nosuch", "utm_source=laurel&utm_medium=referral&utm_campaign=all"),
        ] {
          let location = try await Self.follow(shop, "/r/ALICE10\(query)").headers
            .first("Location")
          #expect(
            location == "https://shop.example.com/us?lang=en&ref=ALICE10&\(marks)#top", "\(query)")
        }
        #expect(
          try await Self.follow(shop, "/r/NOSUCH00?campaign=all").headers.first("Location")
            == Self.plain)
        try await shop.eventually("the clicks are not written") {
          try await Self.clicks(shop) == 5
        }
        let found = try await shop.pool.rows(
          """
          SELECT campaign || ' ' || channel || ' ' || clicks AS text FROM clicks
          WHERE day = (now() AT TIME ZONE 'Europe/Berlin')::date ORDER BY campaign, channel
          """
        ) { row in try row.decode("text", as: String.self) }
        #expect(found == ["all  3", "ended  1", "here us 1"])
      }
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

  @Test func underALoadAndWithoutADatabaseClicksAreFoundOutLater() async throws {
    let environment = Self.environment.merging(["LAUREL_STOREFRONT_LIMIT": "1"]) { $1 }
    try await TestShop.open(environment: environment) { shop async throws in
      try await shop.issueAlicesCode()
      // One of them at most is looked up in this second.
      for _ in 0..<5 {
        #expect(
          try await Self.follow(shop, "/r/ALICE10").headers.first("Location") == Self.invited)
        _ = try await Self.follow(shop, "/r/NOSUCH0")
      }
      try await shop.eventually("the clicks are not written") { try await Self.clicks(shop) == 5 }
      try await Task.sleep(for: .milliseconds(1100))
      try await shop.pool.execute("ALTER TABLE referral_codes RENAME TO hidden")
      #expect(
        try await Self.follow(shop, "/r/ALICE10").headers.first("Location") == Self.invited)
      try await shop.pool.execute("ALTER TABLE hidden RENAME TO referral_codes")
      try await shop.eventually("the click is lost") { try await Self.clicks(shop) == 6 }
      #expect(
        try await shop.count("SELECT count(*) AS count FROM clicks WHERE code <> 'ALICE10'") == 0)
    }
  }

  @Test func eachStoresInvitationsLeadToItsOwnShop() async throws {
    try await InstalledStore.with { store async throws in
      let authority = String(store.address.canonical.split(separator: "/")[1])
      let environment = [
        "LAUREL_STOREFRONT_URL":
          "https://shop.example.com/, \(authority)=https://other.example.com/"
      ]
      try await store.openShop(environment: environment) { shop async throws in
        for name in [shop.storeURL, store.address.canonical] {
          let issued = try await shop.issueCode(
            #"{"user_id": "VXNlcjox", "email": "alice@example.com", "code": "ALICE10", "#
              + #""store": "\#(name)"}"#)
          #expect(issued.status == 201)
        }
        let first = try await shop.count(
          "SELECT min(store_id)::bigint AS count FROM referral_codes")
        let isOwnFirst = first == shop.store.value
        for (query, isOwn) in [
          ("", isOwnFirst), ("?store=\(shop.storeURL)", true), ("?store=\(authority)", false),
        ] {
          let location = try await Self.follow(shop, "/r/ALICE10\(query)").headers
            .first("Location")
          let host = isOwn ? "shop.example.com" : "other.example.com"
          #expect(location?.hasPrefix("https://\(host)/?ref=ALICE10&") == true)
        }
        try await shop.eventually("the clicks are not written") {
          try await shop.count(
            """
            SELECT coalesce(sum(clicks), 0)::bigint AS count FROM clicks
            WHERE store_id = \(shop.store.value)
            """) == (isOwnFirst ? 2 : 1)
        }
      }
    }
  }
}
