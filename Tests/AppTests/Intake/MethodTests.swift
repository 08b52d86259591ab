import HTTPTransport
import Testing

/// What a path answers to a method that it does not take.
@Suite struct MethodTests {
  @Test func aWrongMethodIsToldWhichAreRight() async throws {
    try await TestShop.open { shop async throws in
      for path in ["/webhooks/saleor", "/webhooks/order-confirmed", "/codes/issue"] {
        let answer = try await shop.get(path)
        #expect(answer.status == 405, "\(path)")
        #expect(answer.headers.first("Allow") == "POST")
        #expect(answer.headers.first("Content-Type") == "application/problem+json")
        #expect(answer.json["code"] == "method")
      }
      for path in ["/health", "/health/ready", "/metrics"] {
        let answer = try await shop.post(path, [], headers: [])
        #expect(answer.status == 405, "\(path)")
        #expect(answer.headers.first("Allow") == "GET, HEAD")
      }
      let head = try await shop.transport.send(
        HTTPRequest(method: .head, url: shop.url + "/health", headers: [], reach: .anywhere))
      #expect(head.status == 200)
      #expect(try await shop.get("/nowhere").status == 404)
    }
  }
}
