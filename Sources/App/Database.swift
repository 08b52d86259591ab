import Logging
import Postgres

/// The database that a command works on: the configured one, or a private one that is started for
/// it and stopped after it.
enum Database {
  /// How long a command waits for a service that is just starting or stopping its private
  /// PostgreSQL.
  private static let patience = Duration.seconds(30)

  /// Runs `body` with a connection string, beside a service that runs: while another Laurel holds
  /// the data folder, its private PostgreSQL is used.
  static func sharing<Result: Sendable>(
    _ configuration: Configuration, log: Logger, _ body: (String) async throws -> Result
  ) async throws -> Result {
    let deadline = ContinuousClock.now + patience
    while true {
      do {
        return try await with(configuration, log: log, body)
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

  /// Runs `body` with a connection string, as the only one who uses a private PostgreSQL.
  static func with<Result: Sendable>(
    _ configuration: Configuration, log: Logger, _ body: (String) async throws -> Result
  ) async throws -> Result {
    if let databaseURL = configuration.databaseURL {
      return try await body(databaseURL)
    }
    let folder = try DataDirectory(locking: configuration.dataDirectory)
    defer { folder.release() }
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
