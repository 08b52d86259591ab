import Domain
import FoundationEssentials
import HTTPTransport
import Ledger
import Postgres
import Sandbox
import Signing
import Testing

/// What came back of a call to Laurel.
struct TestAnswer: Sendable {
  let status: Int
  let json: [String: String]
  let headers: HTTPHeaders

  init(_ response: HTTPResponse) {
    status = response.status
    headers = response.headers
    json =
      (try? JSONDecoder().decode([String: Flat].self, from: Data(response.body)))?
      .mapValues(\.text) ?? [:]
  }

  /// A JSON value of an answer as text.
  private struct Flat: Decodable {
    let text: String

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if let string = try? container.decode(String.self) {
        text = string
      } else {
        text = String(try container.decode(Int.self))
      }
    }
  }
}

extension TestShop {
  /// The right signature of a body.
  static func signature(of body: [UInt8], secret: String = webhookSecret) throws -> String {
    Hex.encode(try HMACKey(Array(secret.utf8)).authenticate(body))
  }

  /// Posts to Laurel.
  func post(
    _ path: String, _ body: [UInt8], headers: [(name: String, value: String)]
  ) async throws -> TestAnswer {
    TestAnswer(
      try await transport.send(
        HTTPRequest(
          method: .post, url: url + path, headers: headers, body: body,
          totalTimeout: .seconds(30), reach: .anywhere)))
  }

  /// Posts a webhook, signed unless another signature is given.
  func deliver(
    _ body: [UInt8], signature: String? = nil, contentType: String = "application/json",
    path: String = "/webhooks/order-confirmed"
  ) async throws -> TestAnswer {
    try await post(
      path, body,
      headers: [
        ("Content-Type", contentType),
        ("Saleor-Signature", try signature ?? Self.signature(of: body)),
      ])
  }

  /// Gets from Laurel.
  func get(_ path: String) async throws -> TestAnswer {
    TestAnswer(
      try await transport.send(
        HTTPRequest(method: .get, url: url + path, headers: [], reach: .anywhere)))
  }

  /// Asks for a code.
  func issueCode(
    _ body: String, key: String? = TestShop.adminKey
  ) async throws -> TestAnswer {
    try await post(
      "/codes/issue", Array(body.utf8),
      headers: [("Content-Type", "application/json")]
        + (key.map { [("Authorization", "Bearer \($0)")] } ?? []))
  }

  /// Gives Alice, "User:1", the code of the recorded orders.
  func issueAlicesCode() async throws {
    let answer = try await issueCode(
      #"{"user_id": "VXNlcjox", "email": "alice@example.com", "code": "ALICE10"}"#)
    #expect(answer.status == 201)
  }

  /// The body of an event about an order.
  func body(_ event: SandboxEvent, _ order: SandboxOrder, salt: Int = 0) -> [UInt8] {
    let payload: JSONValue = [
      "__typename": .string(event.typeName), "issuedAt": .string("2026-11-21T08:00:00.\(salt)Z"),
      "order": order.fields,
    ]
    return payload.bytes(.spaced)
  }

  /// One number out of the database.
  func count(_ query: Query) async throws -> Int {
    try await pool.first(query) { row in try row.decode("count", as: Int.self) } ?? 0
  }

  /// Waits until `condition` holds.
  func eventually(
    _ what: Comment, within limit: Duration = .seconds(20),
    sourceLocation: SourceLocation = #_sourceLocation, _ condition: () async throws -> Bool
  ) async throws {
    let deadline = ContinuousClock.now + limit
    while ContinuousClock.now < deadline {
      if try await condition() { return }
      try await Task.sleep(for: .milliseconds(20))
    }
    Issue.record(what, sourceLocation: sourceLocation)
  }

  /// Waits until nothing is left to be done for any delivery, referral or reward.
  func settle(sourceLocation: SourceLocation = #_sourceLocation) async throws {
    try await eventually("the work does not settle", sourceLocation: sourceLocation) {
      try await count(
        """
        SELECT (SELECT count(*) FROM inbox_queue)
          + (SELECT count(*) FROM referrals WHERE state IN ('tracked', 'paid'))
          + (SELECT count(*) FROM rewards WHERE next_attempt_at IS NOT NULL) AS count
        """) == 0
    }
  }
}
