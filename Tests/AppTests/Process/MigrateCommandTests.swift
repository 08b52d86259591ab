import Ledger
import Postgres
import ProcessTesting
import Testing

/// The real `laurel migrate down`.
@Suite(.timeLimit(.minutes(3))) struct MigrateCommandTests {
  @Test func nothingIsTakenBackUnasked() async throws {
    try await TestDatabase.with { database in
      let environment = ["DATABASE_URL": database.connectionString]
      let newest = try #require(LedgerMigrations.all.last?.name)
      func isThere() async throws -> Bool {
        try await database.withPool { pool in
          try await Migrator(migrations: LedgerMigrations.all).status(pool)
            .contains { $0.name == newest && $0.appliedAt != nil }
        }
      }
      let unasked = try await TestProcess.with(["migrate", "down"], environment: environment)
      #expect(unasked.status == 64, "\(unasked.output)")
      #expect(unasked.output.contains(newest) && unasked.output.contains("--yes"))
      #expect(try await isThere())
      let sure = try await TestProcess.with(
        ["migrate", "down", "--yes"], environment: environment)
      #expect(sure.status == 0 && sure.output == "took back \(newest)\n", "\(sure.output)")
      #expect(try await !isThere())
    }
  }
}
