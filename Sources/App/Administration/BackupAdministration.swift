import Domain
import FoundationEssentials
import Glibc
import Ledger
import Logging
import Postgres
import SystemPackage

/// `laurel backup` and `laurel restore`: the ledger in a file, and back.
package enum BackupAdministration {
  /// What came of it.
  private struct Report: Encodable, Sendable {
    /// The file of the backup.
    let file: String
    /// Its size in bytes.
    let bytes: Int
  }

  // MARK: Backup

  /// Writes the ledger into a new file that only this user can read.
  /// - Throws: `UsageError` when the file is there already, `PrivateClusterError`.
  package static func backUp(to file: String, isJSON: Bool) async throws -> CommandReport {
    let path = absolute(file)
    guard !FileManager.default.fileExists(atPath: path) else {
      throw UsageError("\(file) is there already; a backup is never overwritten")
    }
    let configuration = try Configuration(environment: ProcessInfo.processInfo.environment)
    let draft = "\(path).unfinished"
    return try await Database.sharing(configuration, log: log(configuration)) { connection in
      // It holds addresses of customers.
      guard
        FileManager.default.createFile(
          atPath: draft, contents: nil, attributes: [.posixPermissions: 0o600])
      else { return CommandReport("", failures: ["\(draft) cannot be written"]) }
      do {
        try await BackupPrograms(connectionString: connection).dump(to: draft)
        guard unsafe link(draft, path) == 0 else {
          throw UsageError("\(file) is there already; a backup is never overwritten")
        }
      } catch {
        _ = unsafe unlink(draft)
        throw error
      }
      _ = unsafe unlink(draft)
      let size = try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int ?? 0
      if isJSON { return CommandReport(try CommandReport.json(Report(file: path, bytes: size))) }
      return CommandReport("the ledger is in \(path), \(size) bytes; keep LAUREL_CODE_KEY too")
    }
  }

  // MARK: Restore

  /// Fills the database from a backup, and notes that what happened since is not known to it. The
  /// next `laurel serve` finds that out at the store before anything is issued.
  /// - Throws: `UsageError` when that would lose something, `PrivateClusterError`, `PostgresError`.
  package static func restore(
    from file: String, replaces: Bool, isJSON: Bool
  ) async throws -> CommandReport {
    let path = absolute(file)
    guard FileManager.default.isReadableFile(atPath: path) else {
      throw UsageError("\(file) cannot be read")
    }
    let configuration = try Configuration(environment: ProcessInfo.processInfo.environment)
    return try await Database.with(configuration, log: log(configuration)) { connection in
      let pool = try Pool(
        PostgresConfiguration(
          connectionString: connection, statementTimeout: .seconds(600),
          applicationName: "laurel restore", poolSize: 2))
      do {
        let programs = try await BackupPrograms(connectionString: connection)
        let stores = try await restore(path, replaces: replaces, pool, programs)
        await pool.close()
        let size = try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int ?? 0
        if isJSON { return CommandReport(try CommandReport.json(Report(file: path, bytes: size))) }
        return CommandReport(
          "the ledger is as \(file) has it, for \(stores) store\(stores == 1 ? "" : "s"); start "
            + "laurel serve: it finds out what happened since, and then goes on")
      } catch {
        await pool.close()
        throw error
      }
    }
  }

  private static func restore(
    _ path: String, replaces: Bool, _ pool: Pool, _ programs: BackupPrograms
  ) async throws -> Int {
    let contents = try await programs.contents(of: path)
    guard contents.contains(" TABLE public schema_migrations ") else {
      throw UsageError("\(path) is no backup of a Laurel ledger")
    }
    let schema = LedgerSchema(pool)
    let sessions = try await schema.sessions(of: "laurel")
    guard sessions == 0 else {
      throw UsageError("laurel serve uses this database (\(sessions) sessions); stop it first")
    }
    let isEmpty = try await schema.isEmpty()
    guard isEmpty || replaces else {
      throw UsageError(
        "the database is not empty; with --replace what it holds is lost. Make a backup of it first"
      )
    }
    // The schema itself stands already.
    let list = "\(FileManager.default.temporaryDirectory.path)/laurel-restore-\(UUID().uuidString)"
    let lines = contents.split(separator: "\n").filter { !$0.contains(" SCHEMA - public ") }
    guard
      FileManager.default.createFile(
        atPath: list, contents: Data((lines.joined(separator: "\n") + "\n").utf8),
        attributes: [.posixPermissions: 0o600])
    else { throw UsageError("\(list) cannot be written") }
    defer { _ = unsafe unlink(list) }
    if !isEmpty { try await schema.putAside() }
    do {
      try await programs.restore(path, list: list)
    } catch {
      if !isEmpty { try await schema.takeBack() }
      throw error
    }
    if !isEmpty { try await schema.dropAside() }
    try await Migrator(migrations: LedgerMigrations.all).up(pool)
    return try await LedgerMarkRepository(pool).noteRestored()
  }

  // MARK: Whose the App is

  /// Has this ledger count from now on, whatever the store says.
  /// - Throws: `ConfigurationError`, `UsageError`, `PostgresError`.
  package static func takeOver(_ options: Administration.Options) async throws -> CommandReport {
    try await Administration.run(options) { administration in
      let repository = LedgerMarkRepository(administration.pool)
      guard try await repository.takeOver(store: administration.store) else {
        return CommandReport(
          "", failures: ["this ledger was not used with the store yet; start laurel serve"])
      }
      return try await status(administration, repository)
    }
  }

  /// Whether this ledger may issue, and why not.
  /// - Throws: `ConfigurationError`, `UsageError`, `PostgresError`.
  package static func status(_ options: Administration.Options) async throws -> CommandReport {
    try await Administration.run(options) { administration in
      try await status(administration, LedgerMarkRepository(administration.pool))
    }
  }

  private struct Status: Encodable, Sendable {
    let installation: String
    let key: String
    let generation: Int
    let position: Int
    let isRestoring: Bool
    let takesOver: Bool
    let stoppedReason: String?
  }

  private static func status(
    _ administration: Administration, _ repository: LedgerMarkRepository
  ) async throws -> CommandReport {
    guard let standing = try await repository.find(store: administration.store) else {
      return CommandReport(
        "", failures: ["this ledger was not used with the store yet; start laurel serve"])
    }
    let ledger = standing.ledger
    if administration.isJSON {
      return CommandReport(
        try CommandReport.json(
          Status(
            installation: ledger.marks.installation, key: ledger.marks.key,
            generation: ledger.marks.generation, position: ledger.marks.position,
            isRestoring: ledger.isRestoring, takesOver: ledger.takesOver,
            stoppedReason: standing.stoppedReason)))
    }
    var table = TextTable()
    table.add(["installation", ledger.marks.installation])
    table.add(["code key", ledger.marks.key])
    table.add(["generation", "\(ledger.marks.generation)"])
    table.add(["position", "\(ledger.marks.position)"])
    let state =
      ledger.takesOver
      ? "takes the App over as soon as laurel serve runs"
      : ledger.isRestoring
        ? "was put back; laurel serve finds out what it lacks"
        : standing.stoppedReason ?? "counts"
    table.add(["state", state])
    return CommandReport(table.text)
  }

  private static func absolute(_ path: String) -> String {
    path.hasPrefix("/") ? path : "\(FileManager.default.currentDirectoryPath)/\(path)"
  }

  private static func log(_ configuration: Configuration) -> Logger {
    Logger(label: "laurel") { label in
      LineLogHandler(label: label, level: .warning, format: configuration.logFormat)
    }
  }
}
