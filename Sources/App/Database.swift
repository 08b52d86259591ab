import FoundationEssentials
import Logging
import Postgres

/// The database that a command works on: the configured one, or a private one that is started for
/// it and stopped after it.
enum Database {
  /// There is no private PostgreSQL yet.
  private struct Missing: Error, CustomStringConvertible {
    let folder: String

    var description: String {
      "there is nothing here yet: no private PostgreSQL in \(folder); run laurel serve, or set "
        + "DATABASE_URL"
    }
  }

  /// How long a command waits for a service that is just starting or stopping its private
  /// PostgreSQL.
  private static let patience = Duration.seconds(30)

  /// Runs `body` with a connection string, beside a service that runs: while another Laurel holds
  /// the data folder, its private PostgreSQL is used. A command makes none.
  static func sharing<Result: Sendable>(
    _ configuration: Configuration, log: Logger, _ body: (String) async throws -> Result
  ) async throws -> Result {
    let deadline = ContinuousClock.now + patience
    if configuration.databaseURL == nil,
      !FileManager.default.fileExists(atPath: "\(configuration.dataDirectory)/lock")
    {
      throw Missing(folder: configuration.dataDirectory)
    }
    while true {
      do {
        return try await with(configuration, log: log, makesCluster: false, body)
      } catch let error as DataDirectoryError where error.code == .inUse {
        let running = PrivateCluster.connectionString(
          ofRunning: configuration.dataDirectory)
        if let running, await answers(running) { return try await body(running) }
        guard ContinuousClock.now < deadline else { throw error }
        try await Task.sleep(for: .milliseconds(200))
      }
    }
  }

  /// Whether a server answers there now.
  private static func answers(_ connectionString: String) async -> Bool {
    guard
      let pool = try? Pool(
        PostgresConfiguration(
          connectionString: connectionString, statementTimeout: .seconds(5), poolSize: 1))
    else { return false }
    let answer = try? await pool.first("SELECT true") { try $0.decode(0, as: Bool.self) }
    await pool.close()
    return answer == true
  }

  /// Runs `body` with a connection string, as the only one who uses a private PostgreSQL; one that
  /// is missing is made, unless `makesCluster` is false.
  static func with<Result: Sendable>(
    _ configuration: Configuration, log: Logger, makesCluster: Bool = true,
    _ body: (String) async throws -> Result
  ) async throws -> Result {
    if let databaseURL = configuration.databaseURL {
      return try await body(databaseURL)
    }
    let folder = try DataDirectory(locking: configuration.dataDirectory)
    defer { folder.release() }
    guard makesCluster || PrivateCluster.exists(in: folder.path) else {
      throw Missing(folder: folder.path)
    }
    let cluster = try await PrivateCluster.start(dataDirectory: folder.path, log: log)
    let result: Result
    do {
      result = try await body(cluster.connectionString)
    } catch {
      try? await cluster.stop()
      throw error
    }
    try await cluster.stop()
    return result
  }
}
