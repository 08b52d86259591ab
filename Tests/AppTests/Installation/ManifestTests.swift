import Domain
import FoundationEssentials
import HTTPTransport
import SaleorAPI
import Sandbox
import Testing

/// What a store reads before it installs.
@Suite(.timeLimit(.minutes(2))) struct ManifestTests {
  private func manifest(
    _ shop: TestShop, version: String?
  ) async throws -> JSONValue {
    let response = try await shop.transport.send(
      HTTPRequest(
        url: shop.url + "/api/manifest",
        headers: version.map { [("Saleor-Schema-Version", $0)] } ?? [], reach: .anywhere))
    #expect(response.status == 200)
    #expect(response.headers.first("Content-Type") == "application/json")
    return try JSONParser.parse(response.body)
  }

  private func events(_ manifest: JSONValue) -> [String] {
    (manifest["webhooks"].asArray ?? []).flatMap { $0["asyncEvents"].asArray ?? [] }
      .compactMap(\.asString)
  }

  @Test func itSaysWhoLaurelIsAndWhatItNeeds() async throws {
    try await InstallingShop.open { installing in
      let manifest = try await manifest(installing.shop, version: "3.23")
      let url = InstallingShop.publicURL
      #expect(manifest["id"] == "app.laurel.referrals")
      #expect(manifest["tokenTargetUrl"] == .string("\(url)/api/register"))
      #expect(manifest["appUrl"] == .string("\(url)/"))
      #expect(manifest["brand"]["logo"]["default"] == .string("\(url)/api/logo.png"))
      #expect(manifest["requiredSaleorVersion"] == ">=3.20.0 <4.0.0")
      for member in [
        "version", "name", "about", "author", "dataPrivacyUrl", "homepageUrl", "supportUrl",
      ] { #expect(manifest[member].asString?.isEmpty == false, "\(member)") }
      #expect(
        manifest["permissions"] == [
          "MANAGE_ORDERS", "MANAGE_USERS", "MANAGE_GIFT_CARD", "MANAGE_APPS",
        ])
      #expect(
        events(manifest) == [
          "ORDER_CONFIRMED", "ORDER_PAID", "ORDER_FULLY_PAID", "ORDER_CANCELLED", "ORDER_REFUNDED",
          "ORDER_FULLY_REFUNDED", "ORDER_EXPIRED", "CUSTOMER_CREATED", "CUSTOMER_METADATA_UPDATED",
          "ACCOUNT_CONFIRMED", "ACCOUNT_DELETED", "CUSTOMER_DELETED", "GIFT_CARD_UPDATED",
          "GIFT_CARD_STATUS_CHANGED", "GIFT_CARD_DELETED", "APP_INSTALLED", "APP_STATUS_CHANGED",
          "APP_DELETED",
        ])
      for webhook in manifest["webhooks"].asArray ?? [] {
        #expect(webhook["targetUrl"] == .string("\(url)/webhooks/saleor"))
        #expect(SandboxSubscription(webhook["query"].asString ?? "") != nil)
      }
    }
  }

  @Test func vouchersOfASectionAreAskedFor() async throws {
    let text = "sections: [{channels: [a], programme: {reward: {type: voucher}}}]"
    try await TermsFolder.with(text) { folder in
      try await InstallingShop.open(["LAUREL_CONFIG": folder.file]) { installing in
        let manifest = try await manifest(installing.shop, version: "3.23")
        #expect(manifest["permissions"].asArray?.contains("MANAGE_DISCOUNTS") == true)
        #expect(events(manifest).contains("VOUCHER_UPDATED"))
      }
    }
  }

  @Test func anOlderStoreIsNotAskedForWhatItDoesNotHave() async throws {
    try await InstallingShop.open { installing in
      for version in ["3.20", "3.22", "3.22.5", nil, "nonsense"] {
        let manifest = try await manifest(installing.shop, version: version)
        #expect(!events(manifest).contains("CUSTOMER_DELETED"))
        #expect(!String(decoding: manifest.bytes(), as: UTF8.self).contains("CustomerDeleted"))
      }
      let newer = try await manifest(installing.shop, version: "3.24")
      #expect(events(newer).contains("CUSTOMER_DELETED"))
    }
  }

  @Test func vouchersNeedOnePermissionMore() async throws {
    try await InstallingShop.open(["REWARD_TYPE": "voucher"]) { installing in
      let manifest = try await manifest(installing.shop, version: "3.23")
      #expect(manifest["permissions"].asArray?.contains("MANAGE_DISCOUNTS") == true)
      #expect(events(manifest).contains("VOUCHER_UPDATED"))
    }
  }

  @Test func theLogoIsASquarePNG() async throws {
    try await InstallingShop.open { installing in
      let response = try await installing.shop.transport.send(
        HTTPRequest(url: installing.shop.url + "/api/logo.png", reach: .anywhere))
      #expect(response.status == 200)
      #expect(response.headers.first("Content-Type") == "image/png")
      #expect(response.body.prefix(8) == [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A])
      #expect(response.body[16..<24] == [0, 0, 1, 0, 0, 0, 1, 0], "256 pixels a side")
    }
  }

  @Test func onlyTheDashboardOfTheStoreThatIsNamedFramesThePage() async throws {
    try await InstallingShop.open([
      "LAUREL_ALLOWED_STORES": "*.saleor.cloud, shop.example.com, http://127.0.0.1:9000"
    ]) { installing in
      for (query, frame) in [
        ("domain=shop.example.com&id=QXBwOjE%3D&theme=dark", "https://shop.example.com"),
        ("domain=one.saleor.cloud", "https://one.saleor.cloud"),
        ("domain=127.0.0.1:9000", "http://127.0.0.1:9000"),
        (
          "domain=other.example.com&saleorApiUrl=https%3A%2F%2Fshop.example.com%2Fgraphql%2F",
          "https://shop.example.com"
        ),
        ("saleorApiUrl=https%3A%2F%2Fone.saleor.cloud%2Fgraphql%2F", "https://one.saleor.cloud"),
        ("saleorApiUrl=https%3A%2F%2Fevil.example%2Fgraphql%2F", "'none'"),
        ("domain=shop.example.com&saleorApiUrl=https%3A%2F%2Fevil.example%2Fgraphql%2F", "'none'"),
        ("domain=evil.example", "'none'"), ("domain=*.saleor.cloud", "'none'"),
        ("domain=a%20b.saleor.cloud", "'none'"), ("domain=a%3B.saleor.cloud", "'none'"),
        ("domain=", "'none'"), ("", "'none'"),
      ] {
        let response = try await installing.shop.transport.send(
          HTTPRequest(url: installing.shop.url + "/?" + query, reach: .anywhere))
        #expect(response.status == 200)
        let policy = try #require(response.headers.first("Content-Security-Policy"))
        #expect(policy.contains("default-src 'none'"))
        #expect(policy.hasSuffix("; frame-ancestors \(frame)"), "\(query): \(policy)")
        #expect(!policy.contains("unsafe"))
        #expect(String(decoding: response.body, as: UTF8.self).contains("notifyReady"))
      }
    }
  }
}
