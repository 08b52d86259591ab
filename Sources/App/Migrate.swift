import FoundationEssentials
import Ledger
import Logging
import NIOConcurrencyHelpers
import Postgres

/// `laurel migrate`: the ledger's schema on the environment's configuration.
package enum Migrate {
  /// Applies what is not applied yet; gives the names.
  package static func up() async throws -> [String] {
    try await run { migrator, pool in try await migrator.up(pool) }
  }

  /// Takes the newest migrations back; gives the names.
  package static func down(steps: Int) async throws -> [String] {
    try await run { migrator, pool in try await migrator.down(pool, steps: steps) }
  }

  /// Every declared migration, and whether it is applied.
  package static func status() async throws -> [(name: String, isApplied: Bool)] {
    try await run { migrator, pool in
      try await migrator.status(pool).map { ($0.name, $0.appliedAt != nil) }
    }
  }

  private static func run<Result: Sendable>(
    _ body: (Migrator, Pool) async throws -> [Result]
  ) async throws -> [Result] {
    let configuration = try Configuration(environment: ProcessInfo.processInfo.environment)
    var log = Logger(label: "laurel") { label in
      LineLogHandler(label: label, level: .warning, format: configuration.logFormat)
    }
    log.logLevel = .warning
    var result: [Result] = []
    try await Database.with(configuration, log: log) { connectionString in
      let pool = try Pool(
        PostgresConfiguration(connectionString: connectionString, poolSize: 2))
      do {
        result = try await body(try Migrator(migrations: LedgerMigrations.all), pool)
      } catch {
        await pool.close()
        throw error
      }
      await pool.close()
    }
    return result
  }
}
