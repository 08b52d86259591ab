import App
import HTTPTransport
import Testing

@Suite struct DatabaseOutageTests {
  @Test func aDatabaseThatGoesAndComesBackNeedsNoRestart() async throws {
    try await ScratchFolder.with { scratch in
      let cluster = try await scratch.start()
      try await TestShop.run(cluster.connectionString) { shop in
        let body = { (number: Int) in
          Array(#"{"__typename":"OrderConfirmed","order":{"id":"order-\#(number)"}}"#.utf8)
        }
        #expect(try await shop.deliver(body(1)).status == 200)
        #expect(try await shop.get("/health/ready").status == 200)
        try await cluster.stop()
        for number in 2...4 {
          let answer = try await shop.deliver(body(number))
          #expect(answer.status == 503)
          #expect(answer.headers.first("Retry-After") != nil)
        }
        #expect(try await shop.get("/health").status == 200)
        #expect(try await shop.get("/health/ready").status == 503)
        _ = try await scratch.start()
        try await shop.eventually("the database is not found again") {
          try await shop.deliver(body(5)).status == 200
        }
        #expect(try await shop.get("/health/ready").status == 200)
        #expect(try await shop.deliver(body(1)).json["status"] == "duplicate")
        #expect(try await shop.deliver(body(2)).json["status"] == "accepted")
      }
    }
  }
}
