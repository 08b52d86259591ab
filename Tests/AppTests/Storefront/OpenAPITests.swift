import HTTPTransport
import Sandbox
import Testing

/// `GET /api/v1/openapi.json` and what is really served.
@Suite struct OpenAPITests {
  /// What stores, probes and the Dashboard call, each by a form of its own.
  private static let others: Set<String> = [
    "/", "/health", "/health/ready", "/metrics", "/api/manifest", "/api/logo.png",
    "/api/register", "/webhooks/saleor", "/webhooks/order-confirmed",
    "/webhooks/customer-created",
  ]
  private static let methods: [HTTPRequest.Method] = [
    .get, .post, .put, .patch, .delete,
  ]

  private static func document(_ shop: TestShop) async throws -> JSONValue {
    let answer = try await shop.fetch(
      "/api/v1/openapi.json", headers: [("Origin", "https://shop.example.com")])
    #expect(answer.status == 200)
    #expect(answer.headers.first("Content-Type") == "application/json")
    #expect(
      answer.headers.first("Access-Control-Allow-Origin") == "https://shop.example.com")
    return try JSONParser.parse(answer.body)
  }

  @Test func whatIsServedIsDescribedAndTheOtherWayRound() async throws {
    let served = try await RouterPaths.all()
    #expect(served.isSuperset(of: Self.others))
    try await TestShop.open(environment: CrossOriginTests.environment) { shop async throws in
      let paths = try #require(try await Self.document(shop)["paths"].asObject)
      #expect(Set(paths.members.map(\.name)) == served.subtracting(Self.others))
      for item in paths.members {
        let path = item.name
        let described = Set((item.value.asObject?.members ?? []).map(\.name))
        for method in Self.methods {
          let answer = try await shop.fetch(
            path.replacing("{code}", with: "ALICE10"), method)
          let isServed = answer.status != 405
          #expect(
            isServed == described.contains(method.rawValue.lowercased()), "\(method) \(path)")
        }
      }
    }
  }

  @Test func everyReferenceLeadsSomewhere() async throws {
    try await TestShop.open(environment: CrossOriginTests.environment) { shop async throws in
      let document = try await Self.document(shop)
      #expect(document["openapi"].asString == "3.1.0")
      var references: Set<String> = []
      func collect(_ value: JSONValue) {
        for member in value.asObject?.members ?? [] {
          if member.name == "$ref", let target = member.value.asString {
            references.insert(target)
          }
          collect(member.value)
        }
        for element in value.asArray ?? [] { collect(element) }
      }
      collect(document)
      #expect(references.count > 5)
      for reference in references {
        let steps = reference.split(separator: "/").map(String.init)
        #expect(steps.first == "#")
        let target = steps.dropFirst().reduce(document) { $0[$1] }
        #expect(target.asObject != nil, "\(reference)")
      }
    }
  }
}
