import Domain
import FoundationEssentials
import Ledger
import ProcessTesting
import Sandbox
import Testing

/// Commands that call a store, on one that installed Laurel by itself.
@Suite(.timeLimit(.minutes(3))) struct InstalledCommandTests {
  /// A store with three customers that installed Laurel, and the environment of commands beside it.
  private static func withInstalled(
    _ body: (InstallingShop, _ environment: [String: String]) async throws -> Void
  ) async throws {
    try await TestDatabase.with { database in
      try await InstallingShop.open(on: database) { installing in
        let installation = try await installing.installer.install(
          HandshakeTests.manifest, name: "Laurel")
        try #require(installation.status == .installed)
        for number in 1...3 {
          await installing.store.put(
            SandboxCustomer(number: number, email: "customer\(number)@example.com"))
        }
        try await body(
          installing,
          [
            "DATABASE_URL": database.connectionString, "LAUREL_DATA_DIR": "/nonexistent",
            "LAUREL_PUBLIC_URL": installing.shop.url,
            "LAUREL_ALLOWED_STORES": installing.address.origin,
            "LAUREL_SECRET_KEY": InstallingShop.secretKey,
            "LAUREL_CODE_KEY": Data(repeating: 7, count: 32).base64EncodedString(),
          ])
      }
    }
  }

  @Test func theyCallTheOnlyOne() async throws {
    try await Self.withInstalled { installing, environment in
      let backfill = try await TestProcess.with(["codes", "backfill"], environment: environment)
      #expect(backfill.status == 0 && backfill.output.contains("3 customers"), "\(backfill.output)")
      let reconcile = try await TestProcess.with(
        ["reconcile", "--check"], environment: environment)
      #expect(reconcile.status == 0, "\(reconcile.output)")
      let doctor = try await TestProcess.with(["doctor"], environment: environment)
      #expect(doctor.output.contains("answers"), "\(doctor.output)")
      #expect(doctor.output.contains("MANAGE_APPS is granted"), "\(doctor.output)")
      #expect(doctor.output.contains("the store publishes the key"), "\(doctor.output)")
    }
  }

  @Test func withoutTheKeyTheySaySoAndMakeNone() async throws {
    try await Self.withInstalled { installing, environment in
      let keyless = environment.merging(["LAUREL_SECRET_KEY": ""]) { $1 }
      for command in [["doctor"], ["reconcile", "--check"], ["keys", "rotate"]] {
        let ended = try await TestProcess.with(command, environment: keyless)
        #expect(ended.status != 0, "\(ended.output)")
        #expect(ended.output.contains("give LAUREL_SECRET_KEY"), "\(ended.output)")
      }
      #expect(!FileManager.default.fileExists(atPath: "/nonexistent"))
    }
  }

  @Test func theyCallTheOneThatIsNamed() async throws {
    try await Self.withInstalled { installing, environment in
      let own = try #require(
        try await StoreRepository(installing.shop.pool).all()
          .first { $0.address != installing.address.canonical })
      let both = TestShop.environment(
        storeURL: own.address, token: await installing.shop.sandbox.app.token
      ).merging(environment) { $1 }
      let standing = try await TestProcess.with(["codes", "backfill"], environment: both)
      #expect(standing.output.contains("0 customers"), "\(standing.output)")
      let named = try await TestProcess.with(
        ["codes", "backfill", "--store", installing.address.canonical], environment: both)
      #expect(named.status == 0 && named.output.contains("3 customers"), "\(named.output)")
      let other = try await TestProcess.with(
        ["reconcile", "--store", "http://127.0.0.1:9/graphql/"], environment: both)
      #expect(other.status == 64 && other.output.contains("not at hand"), "\(other.output)")
    }
  }
}
