import HTTPTransport
import Sandbox
import Testing

/// `GET /widget.js`, as a file and in a browser.
@Suite(.timeLimit(.minutes(5))) struct WidgetTests {
  private static func get(
    _ shop: TestShop, _ headers: [(name: String, value: String)] = []
  ) async throws -> HTTPResponse {
    try await shop.fetch("/widget.js", headers: headers)
  }

  @Test func theFileIsSmallAndSafeToEmbed() async throws {
    try await TestShop.open(environment: CrossOriginTests.environment) { shop async throws in
      let answer = try await Self.get(shop)
      #expect(answer.status == 200)
      #expect((1...3000).contains(answer.body.count), "\(answer.body.count)")
      #expect(answer.headers.first("Content-Type") == "text/javascript; charset=utf-8")
      #expect(answer.headers.first("X-Content-Type-Options") == "nosniff")
      #expect(answer.headers.first("Cross-Origin-Resource-Policy") == "cross-origin")
      #expect(answer.headers.first("Cache-Control") == "public, max-age=3600")
      let tag = try #require(answer.headers.first("ETag"))
      for known in [tag, "W/\(tag)", "\"x\", \(tag)", "*"] {
        let again = try await Self.get(shop, [("If-None-Match", known)])
        #expect(again.status == 304 && again.body.isEmpty)
        #expect(again.headers.first("ETag") == tag)
      }
      #expect(try await Self.get(shop, [("If-None-Match", "\"x\"")]).status == 200)
      let listed = try await Self.get(shop, [("Origin", "https://shop.example.com")])
      #expect(
        listed.headers.first("Access-Control-Allow-Origin") == "https://shop.example.com")
      let other = try await Self.get(shop, [("Origin", "https://evil.example.com")])
      #expect(other.headers.first("Access-Control-Allow-Origin") == nil)
    }
  }

  @Test func anInvitationSurvivesAReloadAndLandsInTheCheckout() async throws {
    try await TestShop.open { shop async throws in
      try await BrowserPage.serve(laurel: shop.url, store: shop.storeURL) { page async throws in
        let first = try await page.visit("/?ref=alice10&utm_source=referral")
        let checkout = try #require(await shop.sandbox.checkouts.values.first)
        #expect(first == "attached \(checkout.id) ALICE10 code=ALICE10 search= violations=")
        #expect(checkout.metadata == ["ref_code": "ALICE10"])
        // Once for a checkout, however long the page stays.
        #expect(await shop.sandbox.calls["updateMetadata"] == 1)

        // The browser was closed meanwhile; the next checkout gets the code too.
        let second = try await page.visit("/")
        #expect(second.hasSuffix("ALICE10 code=ALICE10 search= violations="), "\(second)")
        let checkouts = await shop.sandbox.checkouts.values
        #expect(checkouts.map(\.metadata) == Array(repeating: ["ref_code": "ALICE10"], count: 2))
        #expect(await shop.sandbox.calls["updateMetadata"] == 2)
      }
    }
  }

  @Test func withoutStorageACookieKeepsTheCode() async throws {
    try await TestShop.open { shop async throws in
      try await BrowserPage.serve(laurel: shop.url, store: shop.storeURL) { page async throws in
        let report = try await page.visit("/blocked?ref=ALICE10")
        #expect(report == "landed code=ALICE10 search= violations=")
      }
    }
  }

  @Test func whatIsNoCodeOrTooOldIsForgotten() async throws {
    try await TestShop.open { shop async throws in
      try await BrowserPage.serve(laurel: shop.url, store: shop.storeURL) { page async throws in
        // Kept for less than two seconds here.
        let late = try await page.visit("/brief?ref=ALICE10")
        #expect(late == "waited code=null search= violations=")
        let noCode = try await page.visit("/blocked?ref=%3Cscript%3E")
        #expect(noCode == "landed code=null search= violations=")
        #expect(await shop.sandbox.calls["updateMetadata"] == nil)
      }
    }
  }
}
