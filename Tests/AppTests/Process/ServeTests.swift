import App
import FoundationEssentials
import Glibc
import HTTPTransport
import Ledger
import Logging
import NIOConcurrencyHelpers
import Postgres
import ProcessTesting
import Sandbox
import Testing

/// The real `laurel serve`, with signals.
@Suite(.timeLimit(.minutes(3))) struct ServeTests {
  /// A sandbox store for the time of `body`, and the environment of a Laurel for it.
  static func withStore(
    _ database: TestDatabase,
    _ body: (SandboxStore, [String: String]) async throws -> Void
  ) async throws {
    let sandbox = SandboxStore()
    let server = SandboxServer(
      store: sandbox, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    try await withThrowingTaskGroup { group in
      group.addTask { try? await server.run() }
      var environment = TestShop.environment(
        storeURL: try await server.apiURL(), token: await sandbox.app.token)
      environment["DATABASE_URL"] = database.connectionString
      environment["LAUREL_LEASE_SECONDS"] = "2"
      try await body(sandbox, environment)
      group.cancelAll()
    }
  }

  /// Posts a signed order event; the status, or nothing when there was no answer.
  static func post(
    _ transport: HTTPTransport, _ url: String, _ body: [UInt8]
  ) async -> Int? {
    do {
      return try await transport.send(
        HTTPRequest(
          method: .post, url: "\(url)/webhooks/order-confirmed",
          headers: [
            ("Content-Type", "application/json"),
            ("Saleor-Signature", try TestShop.signature(of: body)),
          ],
          body: body, reach: .anywhere)
      ).status
    } catch {
      return nil
    }
  }

  static func body(_ order: SandboxOrder) -> [UInt8] {
    (["__typename": "OrderFullyPaid", "order": order.fields] as JSONValue).bytes(.spaced)
  }

  static func issueAlicesCode(_ transport: HTTPTransport, _ url: String) async throws {
    let status = try await transport.send(
      HTTPRequest(
        method: .post, url: "\(url)/codes/issue",
        headers: [
          ("Content-Type", "application/json"), ("Authorization", "Bearer \(TestShop.adminKey)"),
        ],
        body: Array(
          #"{"user_id": "VXNlcjox", "email": "alice@example.com", "code": "ALICE10"}"#.utf8),
        reach: .anywhere)
    ).status
    #expect([200, 201].contains(status))
  }

  @Test func afterAKillNothingIsLeftBehind() async throws {
    try await TestDatabase.with { database in
      try await Self.withStore(database) { sandbox, environment in
        let transport = try HTTPTransport()
        let orders = (1...30).map { DecisionTests.paid($0, email: "friend\($0)@example.com") }
        for order in orders { await sandbox.put(order) }
        // Slow answers, so that the kill finds every stage at work.
        await sandbox.inject(
          [SandboxFault](repeating: .delay(.milliseconds(100)), count: 12), on: "giftCardCreate")
        let killed = try await TestProcess.with(["serve"], environment: environment) { process in
          let url = try await process.url()
          try await Self.issueAlicesCode(transport, url)
          for order in orders {
            #expect(await Self.post(transport, url, Self.body(order)) == 200)
          }
          process.send(SIGKILL)
        }
        #expect(killed.status == -9)
        let ended = try await TestProcess.with(["serve"], environment: environment) { process in
          _ = try await process.url()
          let deadline = ContinuousClock.now + .seconds(30)
          while await sandbox.cards.count(where: { $0.tags.count == 1 }) < 30,
            ContinuousClock.now < deadline
          {
            try await Task.sleep(for: .milliseconds(50))
          }
          process.send(SIGTERM)
        }
        #expect(ended.status == 0, "\(ended.output)")
        #expect(await sandbox.cards.count == 30)
        try await database.withPool { pool in
          let issued = try await pool.first(
            "SELECT count(*) AS count FROM rewards WHERE status = 'issued'"
          ) { row in try row.decode("count", as: Int.self) }
          #expect(issued == 30)
        }
        await transport.shutdown()
      }
    }
  }

  @Test func whatWasAnsweredBeforeTheEndIsInTheInbox() async throws {
    try await TestDatabase.with { database in
      try await Self.withStore(database) { _, environment in
        let transport = try HTTPTransport()
        let accepted = NIOLockedValueBox<[String]>([])
        let stopped = NIOLockedValueBox<ContinuousClock.Instant?>(nil)
        let ended = try await TestProcess.with(["serve"], environment: environment) { process in
          let url = try await process.url()
          await withTaskGroup { group in
            for connection in 0..<32 {
              group.addTask {
                for index in 0..<100_000 {
                  let order = "order-\(connection)-\(index)"
                  let body = #"{"__typename":"OrderConfirmed","order":{"id":"\#(order)"}}"#
                  switch await Self.post(transport, url, Array(body.utf8)) {
                  case 200: accepted.withLockedValue { $0.append(order) }
                  case 503: continue
                  default: return
                  }
                }
              }
            }
            for _ in 0..<600 where accepted.withLockedValue({ $0.count }) < 300 {
              try? await Task.sleep(for: .milliseconds(50))
            }
            stopped.withLockedValue { $0 = .now }
            process.send(SIGTERM)
          }
        }
        let end = try #require(stopped.withLockedValue { $0 })
        #expect(ContinuousClock.now - end < .seconds(10))
        #expect(ended.status == 0, "\(ended.output)")
        let orders = accepted.withLockedValue { $0 }
        #expect(orders.count >= 300)
        try await database.withPool { pool in
          let written = try await pool.rows("SELECT order_id FROM inbox") { row in
            try row.decode("order_id", as: String.self)
          }
          // What was written and never answered may be more, never less.
          #expect(Set(orders).subtracting(written) == [])
        }
        await transport.shutdown()
      }
    }
  }

  @Test func aStoreThatHangsDoesNotHoldTheEndUp() async throws {
    try await TestDatabase.with { database in
      try await Self.withStore(database) { sandbox, environment in
        let transport = try HTTPTransport()
        let order = DecisionTests.paid(1, email: "friend@example.com")
        await sandbox.put(order)
        await sandbox.inject([.delay(.seconds(60))], on: "order")
        let stopped = NIOLockedValueBox<ContinuousClock.Instant?>(nil)
        let ended = try await TestProcess.with(["serve"], environment: environment) { process in
          let url = try await process.url()
          try await Self.issueAlicesCode(transport, url)
          #expect(await Self.post(transport, url, Self.body(order)) == 200)
          for _ in 0..<500 where await sandbox.calls["order"] == nil {
            try await Task.sleep(for: .milliseconds(20))
          }
          stopped.withLockedValue { $0 = .now }
          process.send(SIGTERM)
        }
        let end = try #require(stopped.withLockedValue { $0 })
        #expect(ContinuousClock.now - end < .seconds(10))
        #expect(ended.status == 0, "\(ended.output)")
        await transport.shutdown()
      }
    }
  }

  @Test func aSignalDuringTheStartLeavesNothingBehind() async throws {
    try await ScratchFolder.with { scratch in
      scratch.letEveryonePass()
      for delay in [50, 300, 900, 1500] {
        let ended = try await TestProcess.with(
          ["serve"], environment: ["LAUREL_DATA_DIR": scratch.data, "PORT": "0"]
        ) { process in
          try await Task.sleep(for: .milliseconds(delay))
          process.send(SIGTERM)
        }
        // Before the program listens to signals at all, the system ends it.
        #expect(ended.status == 0 || ended.status == -15, "\(ended.output)")
        #expect(try await scratch.processes().isEmpty, "\(delay) ms")
      }
    }
  }

  // A process that misses the signal would run for ever.
  @Test(.timeLimit(.minutes(3))) func noSignalIsLostBetweenTheStartAndTheService() async throws {
    try await TestDatabase.with { database in
      let folder = "/tmp/laurel-test-start-\(UUID().uuidString)"
      defer { try? FileManager.default.removeItem(atPath: folder) }
      for delay in stride(from: 20, through: 320, by: 10) {
        let ended = try await TestProcess.with(
          ["serve"],
          environment: [
            "DATABASE_URL": database.connectionString, "LAUREL_DATA_DIR": folder, "PORT": "0",
          ]
        ) { process in
          try await Task.sleep(for: .milliseconds(delay))
          process.send(SIGTERM)
        }
        #expect(ended.status == 0 || ended.status == -15, "\(delay) ms: \(ended.output)")
      }
    }
  }

  @Test func missingKeysAreMadeAndKept() async throws {
    try await TestDatabase.with { database in
      let folder = "/tmp/laurel-test-keys-\(UUID().uuidString)/below"
      defer { try? FileManager.default.removeItem(atPath: String(folder.dropLast(6))) }
      var keys: [Data?] = []
      for _ in 1...2 {
        let ended = try await TestProcess.with(
          ["serve"],
          environment: [
            "DATABASE_URL": database.connectionString, "LAUREL_DATA_DIR": folder, "PORT": "0",
          ]
        ) { process in
          _ = try await process.url()
          process.send(SIGTERM)
        }
        #expect(ended.status == 0, "\(ended.output)")
        keys.append(FileManager.default.contents(atPath: "\(folder)/code.key"))
      }
      #expect(keys[0] != nil && keys[0] == keys[1])
      let attributes = try FileManager.default.attributesOfItem(atPath: "\(folder)/code.key")
      #expect(attributes[.posixPermissions] as? Int == 0o600)
      // A key that was cut short is not taken for one.
      _ = FileManager.default.createFile(atPath: "\(folder)/code.key", contents: Data())
      let ended = try await TestProcess.with(
        ["serve"],
        environment: [
          "DATABASE_URL": database.connectionString, "LAUREL_DATA_DIR": folder, "PORT": "0",
        ])
      #expect(ended.status == 1)
      #expect(ended.output.contains("code.key"))
    }
  }

  @Test func everyFaultOfTheConfigurationIsToldAtOnce() async throws {
    let ended = try await TestProcess.with(
      ["serve"],
      environment: [
        "PORT": "99999", "SALEOR_API_URL": "shop", "SALEOR_WEBHOOK_SECRET": ",",
        "REFERRAL_REWARD_AMOUNT": "ten",
        "REFERRAL_REWARD_CURRENCY": "usd", "LOG_FORMAT": "xml", "LAUREL_CODE_KEY": "secret-secret",
        "LAUREL_DATA_DIR": "/nonexistent/laurel",
      ])
    #expect(ended.status == 64)
    for name in [
      "PORT", "SALEOR_API_URL", "SALEOR_TOKEN", "SALEOR_WEBHOOK_SECRET", "REFERRAL_REWARD_AMOUNT",
      "REFERRAL_REWARD_CURRENCY", "LOG_FORMAT", "LAUREL_CODE_KEY",
    ] {
      #expect(ended.output.contains(name), "\(name)")
    }
    #expect(!ended.output.contains("secret-secret"))
    #expect(!FileManager.default.fileExists(atPath: "/nonexistent"))
  }

  @Test func wrongUseEndsWith64() async throws {
    for arguments in [
      ["serve", "--roles", "cook"], ["nonsense"], ["migrate", "down", "--steps", "0"],
      ["events", "list", "--outcome", "lost"], ["events", "list", "--limit", "0"],
      ["events", "show", "1234567"], ["events", "show", "no-hex-here"], ["events", "replay"],
      ["events", "replay", "12345678", "--outcome", "malformed"],
      ["rewards", "list", "--status", "lost"],
      ["rewards", "list", "--waiting", "--status", "dead"],
      ["rewards", "show", "7"], ["rewards", "approve"],
      ["rewards", "reject", "00000000-0000-8000-8000-000000000000"],
      ["rewards", "reject", "00000000-0000-8000-8000-000000000000", "--reason", " "],
    ] {
      #expect(try await TestProcess.with(arguments, environment: [:]).status == 64)
    }
    for arguments in [
      ["--help"], ["serve", "--help"], ["demo", "--help"], ["migrate", "--help"],
      ["events", "replay", "--help"], ["rewards", "reject", "--help"],
    ] {
      #expect(try await TestProcess.with(arguments, environment: [:]).status == 0)
    }
  }
}
