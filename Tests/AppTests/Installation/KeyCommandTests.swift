import FoundationEssentials
import Intake
import Ledger
import ProcessTesting
import Sandbox
import Testing

/// `laurel keys`.
@Suite(.timeLimit(.minutes(3))) struct KeyCommandTests {
  @Test func tokensAreSealedAgainWithTheNewestKey() async throws {
    let newer = Data(repeating: 9, count: 32).base64EncodedString()
    try await TestDatabase.with { database in
      try await InstallingShop.open(on: database, token: { "the-token" }) { installing in
        func laurel(_ keys: String, _ arguments: String...) async throws -> TestProcess.Ending {
          try await TestProcess.with(
            arguments,
            environment: [
              "DATABASE_URL": database.connectionString, "LAUREL_SECRET_KEY": keys,
              "LAUREL_DATA_DIR": "/nonexistent",
            ])
        }
        let none = try await laurel(newer, "keys", "list")
        #expect(none.status == 0 && none.output == "no store has installed Laurel\n")
        try await installing.installer.install(HandshakeTests.manifest, name: "Laurel")
        let before = try #require(try await installing.installations().first)
        let both = "\(newer),\(InstallingShop.secretKey)"
        let older = try await laurel(both, "keys", "list")
        #expect(older.status == 0)
        #expect(older.output.contains(before.keyID) && older.output.contains("older"))

        let lost = try await laurel(newer, "keys", "rotate")
        #expect(lost.status == 1)
        #expect(lost.output.contains(before.keyID) && lost.output.contains("not at hand"))
        #expect(try await laurel(newer, "keys", "list").output.contains("does not open"))
        #expect(try await installing.installations() == [before])

        let rotated = try await laurel(both, "keys", "rotate")
        #expect(rotated.status == 0, "\(rotated.output)")
        let after = try #require(try await installing.installations().first)
        #expect(after.keyID != before.keyID && after.token != before.token)
        #expect(try await installing.activeStores(key: newer).map(\.token) == ["the-token"])
        let list = try await laurel(newer, "keys", "list", "--json")
        #expect(list.output.contains(#""is_newest" : true"#), "\(list.output)")
        #expect(!list.output.contains("the-token"))
        #expect(try await laurel(both, "keys", "rotate").output.contains("already"))
      }
    }
  }
}
