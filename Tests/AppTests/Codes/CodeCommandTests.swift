import FoundationEssentials
import Postgres
import ProcessTesting
import Testing

/// The real `laurel codes issue`.
@Suite(.timeLimit(.minutes(3))) struct CodeCommandTests {
  @Test func aUserIsGivenOneCode() async throws {
    try await TestShop.open { shop async throws in
      let database = try #require(
        try await shop.pool.first("SELECT current_database() AS name") { row in
          try row.decode("name", as: String.self)
        })
      let server = try #require(
        ProcessInfo.processInfo.environment["LAUREL_TEST_DATABASE_URL"])
      let environment = ["DATABASE_URL": "\(server) dbname=\(database)"]
      func issue(_ arguments: String...) async throws -> TestProcess.Ending {
        try await TestProcess.with(["codes", "issue"] + arguments, environment: environment)
      }
      let new = try await issue(
        "--user-id", "VXNlcjox", "--email", "alice@example.com", "--code", "alice10")
      #expect(new.status == 0 && new.output == "A new code: ALICE10\n", "\(new.output)")
      let again = try await issue(
        "--user-id", "VXNlcjox", "--email", "alice@example.com", "--json")
      #expect(again.status == 0, "\(again.output)")
      #expect(again.output.contains(#""code" : "ALICE10""#))
      #expect(again.output.contains(#""is_new" : false"#))
      let taken = try await issue(
        "--user-id", "VXNlcjoy", "--email", "bob@example.com", "--code", "ALICE10")
      #expect(taken.status == 1 && taken.output.contains("belongs to another customer"))
      for wrong in [
        ["--user-id", "VXNlcjoy"], ["--user-id", "a b", "--email", "bob@example.com"],
        ["--user-id", "T3JkZXI6MQ==", "--email", "bob@example.com"],
        ["--user-id", "VXNlcjoy", "--email", "bob"],
        ["--user-id", "VXNlcjoy", "--email", "bob@example.com", "--code", "x"],
      ] {
        let ended = try await TestProcess.with(
          ["codes", "issue"] + wrong, environment: environment)
        #expect(ended.status == 64, "\(wrong): \(ended.output)")
      }
      #expect(try await shop.count("SELECT count(*) AS count FROM referral_codes") == 1)
    }
  }
}
