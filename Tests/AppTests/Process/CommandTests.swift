import FoundationEssentials
import Glibc
import Postgres
import ProcessTesting
import Testing

/// The commands beside a service with a private PostgreSQL, and without one.
@Suite(.timeLimit(.minutes(3))) struct CommandTests {
  @Test func commandsWorkBesideAServiceWithItsOwnDatabase() async throws {
    try await ScratchFolder.with { scratch in
      scratch.letEveryonePass()
      var environment = [
        "LAUREL_DATA_DIR": scratch.data, "PORT": "0",
        "SALEOR_API_URL": "http://127.0.0.1:9/graphql/", "SALEOR_TOKEN": "token",
        "SALEOR_WEBHOOK_SECRET": "secret",
      ]
      let ended = try await TestProcess.with(["serve"], environment: environment) { process in
        _ = try await process.url()
        for arguments in [["rewards", "list"], ["events", "list"], ["migrate", "status"]] {
          let command = try await TestProcess.with(
            arguments + ["--json"], environment: ["LAUREL_DATA_DIR": scratch.data])
          #expect(command.status == 0, "\(command.output)")
          #expect(command.output.hasPrefix("["))
        }
        process.send(SIGTERM)
      }
      #expect(ended.status == 0, "\(ended.output)")
      // The service is gone: the command starts the database for itself and stops it again.
      environment["SALEOR_API_URL"] = nil
      let alone = try await TestProcess.with(
        ["rewards", "list"], environment: ["LAUREL_DATA_DIR": scratch.data])
      #expect(alone.status == 0, "\(alone.output)")
      #expect(alone.output.hasPrefix("REWARD ID"))
      #expect(try await scratch.processes().isEmpty)
    }
  }

  @Test func commandsWaitForAServiceThatIsJustStarting() async throws {
    try await ScratchFolder.with { scratch in
      scratch.letEveryonePass()
      let environment = ["LAUREL_DATA_DIR": scratch.data, "PORT": "0"]
      let ended = try await TestProcess.with(["serve"], environment: environment) { process in
        for _ in 0..<500
        where !FileManager.default.fileExists(atPath: "\(scratch.data)/lock") {
          try await Task.sleep(for: .milliseconds(10))
        }
        let command = try await TestProcess.with(["migrate", "status"], environment: environment)
        #expect(command.status == 0, "\(command.output)")
        _ = try await process.url()
        process.send(SIGTERM)
      }
      #expect(ended.status == 0, "\(ended.output)")
      #expect(try await scratch.processes().isEmpty)
    }
  }

  @Test func aCommandMakesNoDatabase() async throws {
    try await ScratchFolder.with { scratch in
      scratch.letEveryonePass()
      let environment = ["LAUREL_DATA_DIR": scratch.data]
      for prepare in [false, true] {
        if prepare {
          try FileManager.default.createDirectory(
            atPath: scratch.data, withIntermediateDirectories: true)
          _ = FileManager.default.createFile(atPath: "\(scratch.data)/lock", contents: Data())
        }
        for arguments in [["rewards", "list"], ["migrate", "up"], ["migrate", "status"]] {
          let ended = try await TestProcess.with(arguments, environment: environment)
          #expect(ended.status == 1, "\(ended.output)")
          #expect(ended.output.contains("run laurel serve"), "\(ended.output)")
        }
        #expect(!FileManager.default.fileExists(atPath: "\(scratch.data)/postgres"))
        if !prepare { #expect(!FileManager.default.fileExists(atPath: scratch.data)) }
      }
    }
  }

  @Test func inProductionACommandNeedsWhatItUsesOnly() async throws {
    try await TestDatabase.with { database in
      for arguments in [["rewards", "list"], ["events", "list"], ["migrate", "status"]] {
        let ended = try await TestProcess.with(
          arguments,
          environment: [
            "DATABASE_URL": database.connectionString, "LAUREL_ENVIRONMENT": "production",
            "SALEOR_API_URL": "https://shop.example.com/graphql/",
          ])
        #expect(!ended.output.contains("LAUREL_"), "\(ended.output)")
        #expect(!ended.output.contains("fault"), "\(ended.output)")
      }
    }
  }

  @Test(arguments: [
    ("nowhere.invalid", "no machine of this name is known"),
    ("192.0.2.1", "no address of this machine"),
  ])
  func aHostOnWhichNobodyCanListenIsSaid(host: String, sentence: String) async throws {
    try await TestDatabase.with { database in
      let ended = try await TestProcess.with(
        ["serve"],
        environment: [
          "DATABASE_URL": database.connectionString, "HOST": host, "PORT": "0",
          "LAUREL_ADMIN_KEY": "sixteen-characters",
          "LAUREL_CODE_KEY": Data(repeating: 7, count: 32).base64EncodedString(),
        ])
      #expect(ended.status == 1)
      #expect(ended.output.contains(sentence), "\(ended.output)")
    }
  }

  @Test func aSchemaThatIsNotUpToDateIsSaid() async throws {
    try await TestDatabase.with { database in
      try await database.withPool { pool in
        _ = try await pool.execute("DELETE FROM schema_migrations WHERE name LIKE '%looks'")
      }
      let ended = try await TestProcess.with(
        ["rewards", "list"], environment: ["DATABASE_URL": database.connectionString])
      #expect(ended.status == 1)
      #expect(ended.output.contains("run laurel migrate up"), "\(ended.output)")
    }
  }
}
