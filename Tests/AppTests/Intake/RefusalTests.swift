import FoundationEssentials
import NIOConcurrencyHelpers
import Postgres
import Testing

@Suite struct RefusalTests {
  /// A body that is signed and yet wrong, and what Laurel answers.
  struct Broken: Sendable, CustomTestStringConvertible {
    let what: String
    let body: [UInt8]
    var contentType = "application/json"
    let status: Int
    var word: String?

    var testDescription: String { what }

    init(
      _ what: String, _ body: String, contentType: String = "application/json", status: Int,
      word: String? = nil
    ) {
      self.what = what
      self.body = Array(body.utf8)
      self.contentType = contentType
      self.status = status
      self.word = word
    }
  }

  static let deep =
    String(repeating: "[", count: 100_000) + String(repeating: "]", count: 100_000)
  static let order = #"{"__typename":"OrderConfirmed","order":{"id":"T3JkZXI6MQ=="}}"#

  static let table: [Broken] = [
    Broken("empty body", "", status: 400),
    Broken("not JSON", "hello", status: 400),
    Broken("a list", "[]", status: 400),
    Broken("nested 100,000 deep", deep, status: 400),
    Broken(
      "an event nested 100,000 deep", #"{"__typename":"OrderConfirmed","x":\#(deep)}"#,
      status: 400),
    Broken(
      "10 MB", #"{"__typename":"OrderConfirmed","x":""# + String(repeating: "a", count: 10 << 20),
      status: 413),
    Broken(
      "NUL in a string nobody reads",
      #"{"__typename":"OrderConfirmed","x":"\u0000","order":{"id":"T3JkZXI6OQ=="}}"#,
      status: 200, word: "accepted"),
    Broken(
      "NUL in the code",
      #"{"__typename":"OrderPaid","order":{"id":"T3JkZXI6OA==","metadata":[{"key":"ref_code","value":"AL\u0000ICE"}]}}"#,
      status: 200, word: "accepted"),
    Broken(
      "NUL in the order's id", #"{"__typename":"OrderConfirmed","order":{"id":"a\u0000b"}}"#,
      status: 400),
    Broken("wrong Content-Type", order, contentType: "text/plain", status: 400),
    Broken("no event name", #"{"order":{"id":"T3JkZXI6MQ=="}}"#, status: 400),
    Broken(
      "unknown event", #"{"__typename":"MoonRisen","order":{"id":"T3JkZXI6MQ=="}}"#, status: 200,
      word: "ignored"),
    Broken(
      "order: null", #"{"__typename":"OrderConfirmed","order":null}"#, status: 200,
      word: "ignored"),
    Broken(
      "user: null", #"{"__typename":"CustomerCreated","user":null}"#, status: 200,
      word: "ignored"),
    Broken(
      "a customer without an id", #"{"__typename":"CustomerCreated","user":{"email":"a@b"}}"#,
      status: 400),
    Broken(
      "a charset beside the type", order, contentType: "application/json; charset=utf-8",
      status: 200, word: "accepted"),
  ]

  @Test func signedAndBrokenBodiesHaveTheirAnswers() async throws {
    try await TestShop.open { shop async throws in
      for broken in Self.table {
        shop.logLines.withLockedValue { $0 = [] }
        let answer = try await shop.deliver(broken.body, contentType: broken.contentType)
        #expect(answer.status == broken.status, "\(broken.what)")
        if let word = broken.word { #expect(answer.json["status"] == word, "\(broken.what)") }
        if answer.status >= 400 {
          #expect(answer.json["detail"]?.isEmpty == false, "\(broken.what)")
        }
        let lines = shop.logLines.withLockedValue { $0 }.filter {
          $0.contains("info delivery ") || $0.contains("warning delivery ")
        }
        #expect(lines.count == 1, "\(broken.what): \(lines)")
        #expect(try await shop.get("/health").status == 200)
      }
      try await shop.settle()
      #expect(try await shop.count("SELECT count(*) FROM inbox") == 6)
      #expect(try await shop.count("SELECT count(*) FROM rewards") == 0)
    }
  }

  @Test func nothingWithoutItsRightSignatureIsStored() async throws {
    try await TestShop.open { shop async throws in
      let body = Array(Self.order.utf8)
      let right = try TestShop.signature(of: body)
      let wrong = [
        "another secret": try TestShop.signature(of: body, secret: "wrong"),
        "truncated": String(right.dropLast()), "doubled": right + right,
        "doubled with a comma": "\(right), \(right)", "empty": "",
        "of another body": try TestShop.signature(of: body + [32]),
        "upper case": right.uppercased(), "with a prefix": "sha256=" + right,
        "one digit changed": (right.hasPrefix("0") ? "1" : "0") + right.dropFirst(),
        "of the empty secret": try TestShop.signature(of: body, secret: ""),
      ]
      for (what, signature) in wrong {
        #expect(try await shop.deliver(body, signature: signature).status == 401, "\(what)")
      }
      let json = (name: "Content-Type", value: "application/json")
      let header = (name: "Saleor-Signature", value: right)
      let path = "/webhooks/order-confirmed"
      #expect(try await shop.post(path, body, headers: [json]).status == 401)
      #expect(try await shop.post(path, body, headers: [json, header, header]).status == 401)
      #expect(try await shop.count("SELECT count(*) FROM inbox") == 0)
      #expect(try await shop.deliver(body).status == 200)
      let other = try TestShop.signature(of: body + [32], secret: "another-secret")
      #expect(try await shop.deliver(body + [32], signature: other).status == 200)
    }
  }
}
