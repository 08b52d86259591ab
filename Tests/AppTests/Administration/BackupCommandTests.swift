import FoundationEssentials
import Ledger
import Postgres
import ProcessTesting
import Sandbox
import Testing

@Suite struct BackupCommandTests {
  private struct Status: Decodable {
    let generation: Int
    let isRestoring: Bool
    let takesOver: Bool
    let stoppedReason: String?
  }

  /// A file that does not exist yet, removed afterwards.
  private static func withFile(_ body: (String) async throws -> Void) async throws {
    let path = "/tmp/laurel-test-\(UUID().uuidString).dump"
    defer { try? FileManager.default.removeItem(atPath: path) }
    try await body(path)
  }

  @Test func aBackupTakesThePlaceOfTheLedger() async throws {
    try await Self.withFile { file async throws in
      try await StandingStore.open { store async throws in
        let commands = Commands(database: store.database, rollout: "all")
        try await store.laurel { shop async throws in
          try await shop.issueAlicesCode()
          try await shop.payOrders(1...1)
          try await shop.settle()
          // Beside a service that runs.
          let made = try await commands("backup", file)
          #expect(made.status == 0, "\(made.output)")
          let mode = try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions]
          #expect(mode as? Int == 0o600)
          let again = try await commands("backup", file)
          #expect(again.status == 64 && again.output.contains("never overwritten"))
          try await shop.payOrders(2...3)
          try await shop.settle()
          let running = try await commands("restore", file, "--replace")
          #expect(running.status == 64 && running.output.contains("stop it first"))
        }
        let full = try await commands("restore", file)
        #expect(full.status == 64 && full.output.contains("--replace"))
        #expect(try await store.count("SELECT count(*) AS count FROM rewards") == 3)
        let restored = try await commands("restore", file, "--replace")
        #expect(restored.status == 0, "\(restored.output)")
        #expect(try await store.count("SELECT count(*) AS count FROM rewards") == 1)
        let status = try await commands.json("restore", "--status", as: Status.self)
        #expect(status.isRestoring && status.generation == 2)
        // What is lost comes again, and is paid once; what fell meanwhile is taken back.
        let fallen = try #require(await store.sandbox.orders.values.first { $0.number == "3" })
        await store.sandbox.cancel(order: fallen.id)
        try await store.laurel(["LAUREL_LEASE_SECONDS": "1"]) { shop async throws in
          try await shop.eventually("not made good") {
            try await store.count(
              "SELECT count(*) AS count FROM rewards WHERE status IN ('issued', 'revoked')") == 3
          }
          try await shop.settle()
        }
        let cards = await store.sandbox.cards
        #expect(cards.count == 3 && cards.count { $0.isActive } == 2)
        let after = try await commands.json("restore", "--status", as: Status.self)
        #expect(!after.isRestoring && after.stoppedReason == nil)
      }
    }
  }

  @Test func whatIsNoBackupLeavesTheLedgerAlone() async throws {
    try await Self.withFile { file async throws in
      try await StandingStore.open { store async throws in
        let commands = Commands(database: store.database, rollout: "all")
        try await store.laurel { shop async throws in
          try await shop.issueAlicesCode()
          try await shop.eventually("the App is not marked") {
            try await shop.count("SELECT count(*) FROM ledger_marks") == 1
          }
        }
        _ = FileManager.default.createFile(atPath: file, contents: Data("no backup".utf8))
        let ended = try await commands("restore", file, "--replace")
        #expect(ended.status == 1, "\(ended.output)")
        #expect(try await store.count("SELECT count(*) AS count FROM referral_codes") == 1)
        #expect(try await commands("restore").status == 64)
        #expect(try await commands("restore", file, "--status").status == 64)
        #expect(try await commands("restore", "/nonexistent").status == 64)
        let taken = try await commands.json("restore", "--take-over", as: Status.self)
        #expect(taken.takesOver)
      }
    }
  }
}
