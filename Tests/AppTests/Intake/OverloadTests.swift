import FoundationEssentials
import NIOConcurrencyHelpers
import Postgres
import Testing
import Web

/// More deliveries than Laurel takes in at once.
@Suite struct OverloadTests {
  private static let excess = 60

  private static func body(_ number: Int) -> [UInt8] {
    Array(#"{"__typename":"OrderConfirmed","order":{"id":"order-\#(number)"}}"#.utf8)
  }

  @Test func theExcessIsRefusedAtOnceAndTheOthersAreTakenIn() async throws {
    try await TestShop.open { shop async throws in
      let count = DeliveryGate.places + Self.excess
      let answers = NIOLockedValueBox<[String]>([])
      try await RawClient.with(shop.url, count: count) { clients in
        try await withThrowingTaskGroup { group in
          // Whoever holds this lock keeps every writer waiting.
          try await shop.pool.transaction { session in
            try await session.execute("LOCK TABLE inbox IN ACCESS EXCLUSIVE MODE")
            for (number, client) in clients.enumerated() {
              let body = Self.body(number)
              try await client.send(
                RawClient.post(
                  "/webhooks/saleor", body, signature: try TestShop.signature(of: body)))
              group.addTask {
                let answer = try await client.answer()
                answers.withLockedValue { $0.append(answer) }
              }
            }
            try await shop.eventually("the excess is not refused", within: .seconds(4)) {
              answers.withLockedValue { $0.count } == Self.excess
            }
          }
          try await group.waitForAll()
        }
      }
      let refused = answers.withLockedValue { $0 }.filter { $0.hasPrefix("HTTP/1.1 503 ") }
      #expect(refused.count == Self.excess)
      for answer in refused {
        #expect(answer.contains(#""code":"overloaded""#), "\(answer)")
        #expect(answer.lowercased().contains("\r\nretry-after: 5\r\n"), "\(answer)")
        #expect(answer.lowercased().contains("content-type: application/problem+json"))
      }
      let accepted = answers.withLockedValue { $0 }.count { $0.contains(#"{"status":"accepted"}"#) }
      #expect(accepted == DeliveryGate.places)
      #expect(try await shop.count("SELECT count(*) FROM inbox") == accepted)

      let scrape = try await Scrape(shop)
      #expect(
        scrape.value("laurel_deliveries_total", ["event": "none", "outcome": "overloaded"])
          == Double(refused.count))
      let lines = shop.logLines.withLockedValue { $0 }.filter { $0.contains("deliveries refused") }
      #expect(lines.count == 1, "\(lines)")
      // All places are free again.
      for number in count..<count + 5 {
        #expect(try await shop.deliver(Self.body(number)).status == 200)
      }
    }
  }

  @Test func whoeverSendsSlowlyTakesNoPlace() async throws {
    try await TestShop.open { shop async throws in
      let body = Self.body(0)
      let request = RawClient.post(
        "/webhooks/saleor", body, signature: try TestShop.signature(of: body))
      try await RawClient.with(shop.url, count: DeliveryGate.places + 10) { clients in
        for client in clients { try await client.send(request.dropLast(1)) }
        #expect(try await shop.deliver(Self.body(1)).status == 200)
        // What was begun is taken in when its end comes.
        for client in clients.prefix(3) {
          try await client.send(request.suffix(1))
          #expect(try await client.answer().contains(" 200 OK"))
        }
      }
      // Those who hung up had no places to keep.
      #expect(try await shop.deliver(Self.body(2)).status == 200)
    }
  }

  @Test func placesOfThoseWhoHangUpAreFree() async throws {
    try await TestShop.open { shop async throws in
      try await shop.pool.transaction { session in
        try await session.execute("LOCK TABLE inbox IN ACCESS EXCLUSIVE MODE")
        try await RawClient.with(shop.url, count: DeliveryGate.places) { clients in
          for (number, client) in clients.enumerated() {
            let body = Self.body(number)
            try await client.send(
              RawClient.post(
                "/webhooks/saleor", body, signature: try TestShop.signature(of: body)))
          }
          try await shop.eventually("there are places left", within: .seconds(4)) {
            try await RawClient.with(shop.url, count: 1) { others in
              // A wrong signature, so that nothing waits for the lock.
              try await others[0].send(
                RawClient.post("/webhooks/saleor", [1], signature: "wrong"))
              return try await others[0].answer().contains(" 503 ")
            }
          }
        }
      }
      try await shop.eventually("the places stay taken") {
        try await shop.deliver([1], signature: "wrong").status == 401
      }
    }
  }
}
