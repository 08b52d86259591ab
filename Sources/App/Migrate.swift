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

  /// Takes the newest migrations back, if `confirm` says so when it is told which, the newest first;
  /// gives the names.
  package static func down(
    steps: Int, confirm: @Sendable ([String]) throws -> Bool
  ) async throws -> [String] {
    try await run { migrator, pool in
      let applied = try await migrator.status(pool).filter { $0.appliedAt != nil }.map(\.name)
      let names = Array(applied.suffix(steps).reversed())
      guard !names.isEmpty, try confirm(names) else { return [] }
      return try await migrator.down(pool, steps: names.count)
    }
  }

  /// Every declared migration, and whether it is applied: a line each, or JSON.
  package static func status(asJSON: Bool) async throws -> String {
    let steps = try await run { migrator, pool in
      try await migrator.status(pool).map { Step(name: $0.name, applied: $0.appliedAt != nil) }
    }
    if asJSON { return try CommandReport.json(steps) }
    return steps.map { "\($0.applied ? "applied" : "pending") \($0.name)" }
      .joined(separator: "\n")
  }

  private struct Step: Encodable, Sendable {
    let name: String
    let applied: Bool
  }

  private static func run<Result: Sendable>(
    _ body: (Migrator, Pool) async throws -> [Result]
  ) async throws -> [Result] {
    let configuration = try Configuration(
      environment: ProcessInfo.processInfo.environment, for: .ledgerCommand)
    return try await Administration.withPool(configuration) { pool in
      try await body(try Migrator(migrations: LedgerMigrations.all), pool)
    }
  }
}
