import App
import Glibc
import HTTPTransport
import ProcessTesting
import Testing

/// The real `laurel serve`, started before its database is there.
@Suite(.timeLimit(.minutes(3))) struct LateDatabaseTests {
  private static func environment(_ connectionString: String) -> [String: String] {
    TestShop.environment(storeURL: "http://127.0.0.1:9/graphql/", token: "token")
      .merging(["DATABASE_URL": connectionString]) { $1 }
  }

  private static func status(_ transport: HTTPTransport, _ url: String) async throws -> Int {
    try await transport.send(HTTPRequest(method: .get, url: url, reach: .anywhere)).status
  }

  /// Expects a process that lives and can do nothing yet.
  private static func expectNotReady(_ transport: HTTPTransport, _ url: String) async throws {
    #expect(try await status(transport, "\(url)/health") == 200)
    #expect(try await status(transport, "\(url)/health/ready") == 503)
    let body = Array(RefusalTests.order.utf8)
    let answer = try await transport.send(
      HTTPRequest(
        method: .post, url: "\(url)/webhooks/saleor",
        headers: [
          ("Content-Type", "application/json"),
          ("Saleor-Signature", try TestShop.signature(of: body)),
        ], body: body, reach: .anywhere))
    #expect(answer.status == 503)
    #expect(answer.headers.first("Retry-After") != nil)
    let code = try await transport.send(
      HTTPRequest(
        method: .post, url: "\(url)/codes/issue",
        headers: [("Authorization", "Bearer \(TestShop.adminKey)")],
        body: Array(#"{"user_id": "VXNlcjox", "email": "alice@example.com"}"#.utf8),
        reach: .anywhere))
    #expect(code.status == 503)
  }

  private static func untilReady(_ transport: HTTPTransport, _ url: String) async throws {
    let deadline = ContinuousClock.now + .seconds(30)
    while ContinuousClock.now < deadline {
      if try await status(transport, "\(url)/health/ready") == 200,
        await ServeTests.post(transport, url, Array(RefusalTests.order.utf8)) == 200
      {
        return
      }
      try await Task.sleep(for: .milliseconds(50))
    }
    Issue.record("it does not come to life")
  }

  @Test func itComesToLifeWhenTheDatabaseDoes() async throws {
    try await ScratchFolder.with { scratch in
      let cluster = try await scratch.start()
      try await cluster.stop()
      let transport = try HTTPTransport()
      let ended = try await TestProcess.with(
        ["serve"], environment: Self.environment(cluster.connectionString)
      ) { process in
        let url = try await process.url()
        try await Self.expectNotReady(transport, url)
        _ = try await scratch.start()
        try await Self.untilReady(transport, url)
        process.send(SIGTERM)
      }
      #expect(ended.status == 0, "\(ended.output)")
      await transport.shutdown()
    }
  }

  @Test func itWaitsForSomebodyElsesMigrations() async throws {
    try await ScratchFolder.with { scratch in
      let environment = Self.environment(try await scratch.start().connectionString)
      let transport = try HTTPTransport()
      let ended = try await TestProcess.with(["serve", "--no-migrate"], environment: environment) {
        process in
        let url = try await process.url()
        try await Self.expectNotReady(transport, url)
        let migrated = try await TestProcess.with(["migrate", "up"], environment: environment)
        #expect(migrated.status == 0, "\(migrated.output)")
        try await Self.untilReady(transport, url)
        process.send(SIGTERM)
      }
      #expect(ended.status == 0, "\(ended.output)")
      await transport.shutdown()
    }
  }

  @Test func itEndsAtOnceWhileItWaits() async throws {
    try await ScratchFolder.with { scratch in
      let cluster = try await scratch.start()
      try await cluster.stop()
      let ended = try await TestProcess.with(
        ["serve"], environment: Self.environment(cluster.connectionString)
      ) { process in
        _ = try await process.url()
        process.send(SIGTERM)
      }
      #expect(ended.status == 0, "\(ended.output)")
    }
  }
}
