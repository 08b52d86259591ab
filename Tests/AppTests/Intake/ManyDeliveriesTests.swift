import HTTPTransport
import Postgres
import RandomTesting
import Sandbox
import Testing

/// What stores do to their receivers, at length.
@Suite struct ManyDeliveriesTests {
  private static let orders = 3000
  private static let newcomers = 1000

  /// Whether an order names the code: every fifth does.
  private static func namesCode(_ number: Int) -> Bool { number % 5 == 0 }

  /// The buyer's address. Of the orders that name the code, every sixth comes from the buyer of
  /// another one.
  private static func email(_ number: Int) -> String {
    namesCode(number) && number % 30 == 0
      ? "friend\(number - 5)@example.com" : "friend\(number)@example.com"
  }

  @Test func tenThousandDeliveriesThriceInAnyOrderPayWhatIsDue() async throws {
    try await TestShop.open { shop async throws in
      try await shop.issueAlicesCode()
      var bodies: [[UInt8]] = []
      for number in 1...Self.orders {
        let order = DecisionTests.paid(
          number, email: Self.email(number), code: Self.namesCode(number) ? "ALICE10" : nil)
        await shop.sandbox.put(order)
        for event in [SandboxEvent.orderConfirmed, .orderPaid, .orderFullyPaid] {
          bodies.append(shop.body(event, order))
        }
      }
      for number in 1...Self.newcomers {
        bodies.append(
          Array(
            """
            {"__typename": "CustomerCreated", "user": {"id": "VXNlcjo\(number)", \
            "email": "newcomer\(number)@example.com", "metadata": []}}
            """.utf8))
      }
      // The same shuffle in every run, so that a failure can be looked at again.
      var generator = SeededGenerator(seed: 20_261_121)
      let sendings = (bodies + bodies + bodies).shuffled(using: &generator)
      let words = try await Self.send(sendings, to: shop)

      #expect(words["accepted"] == 10_000)
      #expect(words["duplicate"] == 20_000)
      try await shop.eventually("the work does not settle", within: .seconds(120)) {
        try await shop.count(
          """
          SELECT (SELECT count(*) FROM inbox_queue)
            + (SELECT count(*) FROM referrals WHERE state IN ('tracked', 'paid')) AS count
          """) == 0
      }
      try await shop.settle()
      #expect(
        try await shop.count("SELECT count(DISTINCT event_id) AS count FROM inbox") == 10_000)
      let named = (1...Self.orders).filter(Self.namesCode)
      let due = Set(named.map(Self.email)).count
      #expect(due == 500)
      #expect(try await shop.count("SELECT count(*) AS count FROM referrals") == named.count)
      #expect(
        try await shop.count("SELECT count(*) AS count FROM rewards WHERE status = 'issued'")
          == due)
      #expect(await shop.sandbox.cards.count == due)
    }
  }

  /// Sends bodies over 32 connections and counts the answers by their word.
  private static func send(
    _ bodies: [[UInt8]], to shop: TestShop
  ) async throws -> [String: Int] {
    try await withThrowingTaskGroup(of: [String: Int].self) { group in
      for connection in 0..<32 {
        group.addTask {
          var words: [String: Int] = [:]
          for index in stride(from: connection, to: bodies.count, by: 32) {
            let answer = try await shop.deliver(bodies[index], path: "/webhooks/saleor")
            words[answer.json["status"] ?? "\(answer.status)", default: 0] += 1
          }
          return words
        }
      }
      return try await group.reduce(into: [:]) { $0.merge($1) { $0 + $1 } }
    }
  }
}
