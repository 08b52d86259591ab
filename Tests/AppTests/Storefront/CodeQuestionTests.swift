import Domain
import FoundationEssentials
import HTTPTransport
import NIOConcurrencyHelpers
import Postgres
import Testing

/// `GET /api/v1/codes/{code}` and `POST /api/v1/codes/validate`.
@Suite struct CodeQuestionTests {
  private static let generous = [
    "LAUREL_STOREFRONT_CLIENT_LIMIT": "60000", "LAUREL_STOREFRONT_LIMIT": "100000",
    "LAUREL_TRUSTED_PROXIES": "127.0.0.1",
  ]

  private static func ask(
    _ shop: TestShop, _ code: String, from address: String? = nil, query: String = ""
  ) async throws -> HTTPResponse {
    try await shop.fetch(
      "/api/v1/codes/\(code)\(query)",
      headers: address.map { [("X-Forwarded-For", $0)] } ?? [])
  }

  private static func post(_ shop: TestShop, _ body: String) async throws -> HTTPResponse {
    try await shop.fetch(
      "/api/v1/codes/validate", .post, headers: [("Content-Type", "application/json")],
      body: Array(body.utf8))
  }

  private static func text(_ response: HTTPResponse) -> String {
    String(decoding: response.body, as: UTF8.self)
  }

  @Test func theAnswerTellsValidOrNotAndNothingElse() async throws {
    try await TestShop.open(environment: Self.generous) { shop async throws in
      try await shop.issueAlicesCode()
      let valid = #"{"code":"ALICE10","friend":null,"valid":true}"#
      for code in ["ALICE10", "alice10"] {
        #expect(Self.text(try await Self.ask(shop, code)) == valid)
        #expect(Self.text(try await Self.post(shop, #"{"code": " \#(code) "}"#)) == valid)
      }
      let answer = try await Self.ask(shop, "ALICE10")
      #expect(answer.status == 200)
      #expect(answer.headers.first("Cache-Control") == "no-store")
      #expect(answer.headers.first("Content-Type") == "application/json")
      try await shop.pool.execute("UPDATE referral_codes SET status = 'disabled'")
      for code in ["ALICE10", "NOSUCH00", "x", "ALICE10ALICE10ALICE10", "ALICE-10"] {
        let told = #"{"code":"\#(code.uppercased())","friend":null,"valid":false}"#
        for response in [
          try await Self.ask(shop, code), try await Self.post(shop, #"{"code": "\#(code)"}"#),
        ] {
          #expect(response.status == 200)
          #expect(Self.text(response) == told)
          #expect(
            response.headers.first("Content-Type") == answer.headers.first("Content-Type"))
        }
      }
      // However long a text is, no more than its beginning comes back.
      let long = try await Self.post(shop, #"{"code": "\#(String(repeating: "a", count: 500))"}"#)
      #expect(Self.text(long).contains("\"\(String(repeating: "A", count: 64))\""))
      for body in ["", "{}", "[]", #"{"code": 1}"#, #"{"code": "ALICE10""#] {
        let response = try await Self.post(shop, body)
        #expect(response.status == 400)
        #expect(response.headers.first("Content-Type") == "application/problem+json")
      }
      let huge = try await Self.post(shop, #"{"code": "\#(String(repeating: "a", count: 2000))"}"#)
      #expect(huge.status == 413)
      let scrape = try await Scrape(shop)
      #expect(
        scrape.values("laurel_validations_total", by: "outcome") == ["valid": 5, "invalid": 11])
    }
  }

  private static let campaigns = """
    time_zone: Pacific/Kiritimati
    campaigns:
      - id: ended
        until: 2020-01-31
        rewards: [{for: friend, type: gift_card, amount: {USD: 50.00}}]
      - id: own
        minimum_order: {USD: 500.00}
        rewards: [{for: referrer, type: gift_card, amount: {USD: 5.00}}]
      - id: europe
        channels: [eu]
        rewards: [{for: referrer, type: gift_card, amount: {USD: 5.00}}]
      - id: here
        channels: [us]
        rewards: [{for: friend, type: gift_card, percent: 10, cap: {USD: 25.00}}]
      - id: welcome
        until: 2999-12-31
        first_order_only: true
        minimum_order: {USD: 30.00}
        rewards:
          - {for: friend, type: voucher, amount: {USD: 8.00, PLN: 40.00}, voucher: {minimum_spend: {USD: 20}}}
          - {for: referrer, type: gift_card, amount: {USD: 5.00}}
    """

  private static func welcome(_ code: String, _ isValid: Bool) -> String {
    #"{"code":"\#(code)","friend":{"amount":"8","campaign":"welcome","categories":[],"#
      + #""countries":[],"currency":"USD","first_order_only":true,"last_day":"2999-12-31","#
      + #""minimum_order":"30","percent":null,"type":"voucher","up_to":null,"#
      + #""voucher":{"categories":[],"minimum_spend":"20","percent_off":null}},"#
      + #""valid":\#(isValid)}"#
  }

  @Test func whatAFriendGetsIsToldTheSameForEveryCode() async throws {
    try await TermsFolder.with(Self.campaigns) { folder in
      let environment = Self.generous.merging(["LAUREL_CONFIG": folder.file]) { $1 }
      try await TestShop.open(environment: environment) { shop async throws in
        try await shop.issueAlicesCode()
        for (code, isValid) in [("ALICE10", true), ("NOSUCH0", false), ("NO-CODE", false)] {
          let told = Self.welcome(code, isValid)
          #expect(Self.text(try await Self.ask(shop, code)) == told)
          #expect(Self.text(try await Self.post(shop, #"{"code": "\#(code)"}"#)) == told)
          let here = Self.text(try await Self.ask(shop, code, query: "?channel=us"))
          #expect(here.contains(#""campaign":"here""#) && here.contains(#""percent":"10""#))
          #expect(here.contains(#""up_to":"25""#) && here.contains(#""voucher":null"#))
          #expect(
            here
              == Self.text(try await Self.post(shop, #"{"code": "\#(code)", "channel": "us"}"#)))
          let pln = Self.text(try await Self.ask(shop, code, query: "?currency=pln"))
          #expect(pln.contains(#""amount":"40""#) && pln.contains(#""minimum_order":null"#))
          // There the order is the campaign's above, which gives the friend nothing.
          for query in ["?currency=JPY", "?currency=dollars", "?channel=eu"] {
            #expect(
              Self.text(try await Self.ask(shop, code, query: query))
                == #"{"code":"\#(code)","friend":null,"valid":\#(isValid)}"#)
          }
        }
      }
    }
  }

  @Test func anAddressMayAskSoOften() async throws {
    var environment = Self.generous
    environment["LAUREL_STOREFRONT_CLIENT_LIMIT"] = "5"
    try await TestShop.open(environment: environment) { shop async throws in
      try await shop.issueAlicesCode()
      for number in 1...5 {
        // Of IPv6 the network counts.
        let address = "2001:db8:0:1::\(number)"
        #expect(try await Self.ask(shop, "ALICE10", from: address).status == 200)
      }
      let refused = try await Self.ask(shop, "ALICE10", from: "2001:db8:0:1::99")
      #expect(refused.status == 429)
      #expect(refused.headers.first("Content-Type") == "application/problem+json")
      let wait = try #require(refused.headers.first("Retry-After").flatMap { Int($0) })
      #expect((1...12).contains(wait))
      #expect(Self.text(refused).contains(#""code":"limited""#))
      #expect(try await Self.ask(shop, "ALICE10", from: "2001:db8:0:2::1").status == 200)
      // A link shares the bucket: it would tell the same.
      #expect(try await Self.ask(shop, "ALICE10").status == 200)
    }
  }

  @Test func withoutAProxyTheHeaderIsNotBelieved() async throws {
    try await TestShop.open(environment: ["LAUREL_STOREFRONT_CLIENT_LIMIT": "5"]) {
      shop async throws in
      var statuses: [Int] = []
      for number in 1...10 {
        statuses.append(try await Self.ask(shop, "ALICE10", from: "192.0.2.\(number)").status)
      }
      #expect(statuses == Array(repeating: 200, count: 5) + Array(repeating: 429, count: 5))
    }
  }

  @Test func aFloodFromEverywhereDoesNotReachTheLedger() async throws {
    var environment = Self.generous
    environment["LAUREL_STOREFRONT_LIMIT"] = "100"
    try await TestShop.open(environment: environment) { shop async throws in
      let started = ContinuousClock.now
      let statuses = NIOLockedValueBox<[Int: Int]>([:])
      await withDiscardingTaskGroup { group in
        for worker in 0..<16 {
          group.addTask {
            for number in 0..<250 {
              let address = "10.\(worker).\(number / 200).\(number % 200)"
              let status =
                (try? await Self.ask(shop, "GUESS\(worker)A\(number)", from: address).status) ?? 0
              statuses.withLockedValue { $0[status, default: 0] += 1 }
            }
          }
        }
      }
      let seconds = Double((ContinuousClock.now - started).components.seconds) + 2
      let answered = statuses.withLockedValue { $0 }
      #expect(answered.keys.sorted() == [200, 429])
      #expect((100...Int(100 * seconds)).contains(answered[200] ?? 0), "\(answered)")
      #expect(answered.values.reduce(0, +) == 4000)
      let scrape = try await Scrape(shop)
      #expect(
        scrape.value("laurel_limited_total", ["limit": "all"]) == answered[429].map(Double.init))
      #expect(
        scrape.value("laurel_validations_total", ["outcome": "invalid"])
          == answered[200].map(Double.init))
    }
  }

  @Test(arguments: ["", campaigns])
  func everyNoTakesTheSameTime(terms: String) async throws {
    try await TermsFolder.with(terms) { folder in
      try await Self.compareTimes(Self.generous.merging(["LAUREL_CONFIG": folder.file]) { $1 })
    }
  }

  private static func compareTimes(_ environment: [String: String]) async throws {
    try await TestShop.open(environment: environment) { shop async throws in
      try await shop.issueAlicesCode()
      try await shop.pool.execute("UPDATE referral_codes SET status = 'disabled'")
      var times: [String: [Duration]] = [:]
      for _ in 0..<300 {
        for code in ["ALICE10", "NOSUCH0", "NO-CODE"] {
          let start = ContinuousClock.now
          _ = try await ask(shop, code)
          times[code, default: []].append(ContinuousClock.now - start)
        }
      }
      let medians = times.values.map { $0.sorted()[150] }
      let least = try #require(medians.min())
      let most = try #require(medians.max())
      #expect(most - least < max(least * 0.5, .milliseconds(1)), "\(medians)")
    }
  }

  @Test func eachStoreAnswersForItself() async throws {
    try await InstalledStore.with { store async throws in
      try await store.openShop(environment: Self.generous) { shop async throws in
        let issued = try await shop.issueCode(
          #"{"user_id": "VXNlcjox", "email": "alice@example.com", "code": "ALICE10", "#
            + #""store": "\#(shop.storeURL)"}"#)
        #expect(issued.status == 201)
        let authority = { (url: String) in String(url.split(separator: "/")[1]) }
        for (query, status, valid) in [
          ("", 422, nil), ("?store=nobody.example.com", 422, nil),
          // Both stores are on this host, at different ports.
          ("?store=127.0.0.1", 422, nil),
          ("?store=\(shop.storeURL)", 200, true),
          ("?store=\(authority(shop.storeURL))", 200, true),
          ("?store=\(store.address.canonical)", 200, false),
          ("?store=\(authority(store.address.canonical))", 200, false),
        ] as [(String, Int, Bool?)] {
          let response = try await Self.ask(shop, "ALICE10", query: query)
          #expect(response.status == status, "\(query)")
          if let valid { #expect(Self.text(response).contains("\"valid\":\(valid)")) }
        }
      }
    }
  }
}
