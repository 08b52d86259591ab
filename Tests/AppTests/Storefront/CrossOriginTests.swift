import HTTPTransport
import Testing

/// Which pages may read answers.
@Suite struct CrossOriginTests {
  static let environment = [
    "LAUREL_STOREFRONT_ORIGINS": "https://shop.example.com, http://localhost:3000",
    "LAUREL_STOREFRONT_CLIENT_LIMIT": "6",
  ]

  private static func send(
    _ shop: TestShop, _ method: HTTPRequest.Method, _ path: String, origin: String?
  ) async throws -> HTTPResponse {
    try await shop.fetch(
      path, method,
      headers: (origin.map { [("Origin", $0)] } ?? [])
        + (method == .options ? [("Access-Control-Request-Method", "GET")] : []))
  }

  @Test func onlyListedOriginsAreLetIn() async throws {
    try await TestShop.open(environment: Self.environment) { shop async throws in
      let path = "/api/v1/codes/ALICE10"
      for (origin, isListed) in [
        ("https://shop.example.com", true), ("http://localhost:3000", true),
        ("https://evil.example.com", false), ("https://shop.example.com.evil.net", false),
        ("null", false), (nil, false),
      ] {
        let answer = try await Self.send(shop, .get, path, origin: origin)
        #expect(answer.status == 200)
        #expect(answer.headers.first("Vary") == "Origin")
        let allowed = answer.headers.first("Access-Control-Allow-Origin")
        #expect(allowed == (isListed ? origin : nil))
        #expect(answer.headers.first("Access-Control-Allow-Credentials") == nil)
        let preflight = try await Self.send(shop, .options, path, origin: origin)
        #expect(preflight.status == 204 && preflight.body.isEmpty)
        #expect(
          preflight.headers.first("Access-Control-Allow-Origin") == (isListed ? origin : nil))
        #expect(
          preflight.headers.first("Access-Control-Allow-Headers")
            == (isListed ? "Authorization, Content-Type" : nil))
        #expect(preflight.headers.first("Vary") == "Origin")
      }
      // A page may read why it was refused, too.
      let refused = try await Self.send(shop, .get, path, origin: "https://shop.example.com")
      #expect(refused.status == 429)
      #expect(
        refused.headers.first("Access-Control-Allow-Origin") == "https://shop.example.com")
      #expect(refused.headers.first("Access-Control-Expose-Headers") == "Retry-After")
    }
  }

  @Test(arguments: ["/codes/issue", "/health", "/metrics", "/webhooks/saleor", "/r/ALICE10"])
  func nothingElseIsOpenToPages(path: String) async throws {
    try await TestShop.open(environment: Self.environment) { shop async throws in
      for method in [HTTPRequest.Method.get, .options] {
        let answer = try await Self.send(shop, method, path, origin: "https://shop.example.com")
        #expect(answer.headers.first("Access-Control-Allow-Origin") == nil)
      }
    }
  }
}
