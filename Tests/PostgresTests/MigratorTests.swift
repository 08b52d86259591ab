import Postgres
import Testing

@Suite struct MigratorTests {
  private static let first = Migration(
    name: "20260101000000_create_a",
    up: "CREATE TABLE a (n int); INSERT INTO a VALUES (1);", down: "DROP TABLE a")
  private static let second = Migration(
    name: "20260102000000_create_b", up: "CREATE TABLE b (n int)", down: "DROP TABLE b")
  private static let third = Migration(
    name: "20260103000000_create_c", up: "CREATE TABLE c (n int)", down: "DROP TABLE c")

  private func tables(_ pool: Pool) async throws -> [String] {
    try await pool.rows("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1") {
      try $0.decode(0, as: String.self)
    }
  }

  private func migrationError(_ body: () async throws -> [String]) async -> MigrationError? {
    do {
      _ = try await body()
      return nil
    } catch { return error as? MigrationError }
  }

  @Test func upDownAndStatus() async throws {
    try await TestDatabase.withPool { pool in
      let migrator = try Migrator(migrations: [Self.first, Self.second])
      let before = try await migrator.status(pool)
      #expect(before.map(\.name) == [Self.first.name, Self.second.name])
      #expect(before.allSatisfy { $0.appliedAt == nil && $0.isDeclared })
      #expect(try await tables(pool) == [])

      #expect(try await migrator.up(pool) == [Self.first.name, Self.second.name])
      #expect(try await migrator.up(pool) == [])
      #expect(try await tables(pool) == ["a", "b", "schema_migrations"])
      #expect(try await migrator.status(pool).allSatisfy { $0.appliedAt != nil })

      #expect(try await migrator.down(pool, steps: 1) == [Self.second.name])
      #expect(try await tables(pool) == ["a", "schema_migrations"])
      #expect(try await migrator.status(pool).map { $0.appliedAt != nil } == [true, false])
      let longer = try Migrator(migrations: [Self.first, Self.second, Self.third])
      #expect(try await longer.up(pool) == [Self.second.name, Self.third.name])
      #expect(
        try await longer.down(pool, steps: 9) == [
          Self.third.name, Self.second.name, Self.first.name,
        ])
      #expect(try await longer.down(pool, steps: 0) == [])
      #expect(try await tables(pool) == ["schema_migrations"])
    }
  }

  @Test func differencesAreRefused() async throws {
    try await TestDatabase.withPool { pool in
      try await Migrator(migrations: [Self.second, Self.third]).up(pool)
      let skipped = await migrationError {
        try await Migrator(migrations: [Self.first, Self.second, Self.third]).up(pool)
      }
      #expect(skipped?.code == .mismatch)
      #expect(skipped?.skipped == [Self.first.name])
      #expect(skipped?.unknown == [])
      let unknown = await migrationError {
        try await Migrator(migrations: [Self.second]).up(pool)
      }
      #expect(unknown?.unknown == [Self.third.name])
      #expect(
        unknown?.description
          == "migration mismatch: applied but not declared: 20260103000000_create_c")
      let down = await migrationError {
        try await Migrator(migrations: [Self.first]).down(pool, steps: 1)
      }
      #expect(down?.unknown == [Self.second.name, Self.third.name])
      #expect(down?.skipped == [Self.first.name])
      let status = try await Migrator(migrations: [Self.second]).status(pool)
      #expect(status.map(\.isDeclared) == [true, false])
    }
  }

  @Test func namesAreChecked() {
    for names in [["b", "a"], ["a", "a"], [""], ["A"], ["a b"], ["a'"]] {
      let migrations = names.map { Migration(name: $0, up: "", down: "") }
      let error = #expect(throws: MigrationError.self) { try Migrator(migrations: migrations) }
      #expect(error?.code == .names)
    }
  }

  @Test func aFailedMigrationLeavesNothingBehind() async throws {
    try await TestDatabase.withPool { pool in
      let broken = Migration(
        name: "20260102000000_broken", up: "CREATE TABLE b (n int); SELECT nonsense", down: "")
      let migrator = try Migrator(migrations: [Self.first, broken, Self.third])
      let error = await migrationError { try await migrator.up(pool) }
      #expect(error?.code == .failed)
      #expect(error?.message == broken.name)
      #expect(error?.cause?.sqlState == "42703")
      #expect(try await tables(pool) == ["a", "schema_migrations"])
      #expect(try await migrator.status(pool).map { $0.appliedAt != nil } == [true, false, false])

      let ending = Migration(name: "20260102000000_ending", up: "COMMIT", down: "")
      let ended = await migrationError {
        try await Migrator(migrations: [Self.first, ending]).up(pool)
      }
      #expect(ended?.cause?.code == .protocolViolation)
      #expect(pool.statistics == .init(open: 0, idle: 0, waiting: 0))
    }
  }

  @Test func severalAtTheSameTime() async throws {
    try await TestDatabase.withPool(size: 6) { pool in
      let slow = Migration(
        name: "20260102000000_slow", up: "CREATE TABLE b (n int); SELECT pg_sleep(0.3)", down: "")
      let migrator = try Migrator(migrations: [Self.first, slow, Self.third])
      let applied = try await withThrowingTaskGroup { group in
        for _ in 0..<5 { group.addTask { try await migrator.up(pool) } }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      #expect(applied.filter(\.isEmpty).count == 4)
      #expect(applied.contains([Self.first.name, slow.name, Self.third.name]))
      #expect(try await tables(pool) == ["a", "b", "c", "schema_migrations"])
    }
  }

  @Test func theWaitForAnotherMigratorIsBounded() async throws {
    try await TestDatabase.withPool { pool in
      let slow = Migration(name: "1_slow", up: "SELECT pg_sleep(1.5)", down: "")
      async let working = Migrator(migrations: [slow]).up(pool)
      let held = try await eventually {
        try await pool.execute(
          """
          SELECT 1 FROM pg_locks JOIN pg_database d ON d.oid = database
          WHERE locktype = 'advisory' AND granted AND datname = current_database()
          """) == 1
      }
      #expect(held)
      let error = await migrationError {
        try await Migrator(migrations: [slow], lockWait: .milliseconds(50)).up(pool)
      }
      #expect(error?.code == .busy)
      #expect(error?.isRetryable == true)
      #expect(try await working == [slow.name])
    }
  }

  @Test func aMigrationThatTakesTooLongIsRolledBack() async throws {
    try await TestDatabase.withPool { pool in
      let slow = Migration(name: "1_slow", up: "CREATE TABLE a (); SELECT pg_sleep(15)", down: "")
      let migrator = try Migrator(
        migrations: [slow], lockWait: .milliseconds(1), migrationTimeout: .milliseconds(200))
      let error = await migrationError { try await migrator.up(pool) }
      #expect(error?.cause?.code == .timeout)
      #expect(try await tables(pool) == ["schema_migrations"])
    }
  }
}
