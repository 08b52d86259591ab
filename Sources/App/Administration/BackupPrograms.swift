import FoundationEssentials
import Glibc
import Ledger
import Postgres
import SystemPackage

/// PostgreSQL's own programs for a backup, run on one database.
struct BackupPrograms: Sendable {
  /// How long a backup may take.
  private static let deadline = Duration.seconds(6 * 3600)

  private let environment: [String: String]
  private let folder: FilePath?

  /// The programs for the database that a connection string names: those of a server on this machine,
  /// else those on PATH.
  /// - Throws: `PostgresError`.
  init(connectionString: String) async throws {
    environment = try PostgresConfiguration.environment(of: connectionString)
    folder = try? await ServerPrograms.installed().first?.folder
  }

  /// Writes the schema `public` of the database into a file in PostgreSQL's custom format.
  /// - Throws: `PrivateClusterError`.
  func dump(to path: String) async throws {
    try await run(
      "pg_dump",
      ["--format=custom", "--no-owner", "--no-privileges", "--schema=public", "--file=\(path)"])
  }

  /// What a backup holds, a line for each object.
  /// - Throws: `PrivateClusterError` when the file is no backup.
  func contents(of path: String) async throws -> String {
    try await run("pg_restore", ["--list", path])
  }

  /// Reads a backup into the schema `public`: all of it or nothing.
  /// - Throws: `PrivateClusterError`.
  func restore(_ path: String, list: String) async throws {
    try await run(
      "pg_restore",
      [
        "--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction",
        "--use-list=\(list)", "--dbname=\(environment["PGDATABASE"] ?? "")", path,
      ])
  }

  @discardableResult
  private func run(_ program: String, _ arguments: [String]) async throws -> String {
    var command = ClusterCommand(
      program: folder?.appending(program).string ?? program, arguments: arguments,
      environment: environment, deadline: Self.deadline)
    command.outputLimit = 4 << 20
    return try await command.require(program)
  }
}
