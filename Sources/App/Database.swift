import Logging

/// The database that a command works on: the configured one, or a private one that is started for
/// it and stopped after it.
enum Database {
  /// Runs `body` with a connection string.
  static func with(
    _ configuration: Configuration, log: Logger, _ body: (String) async throws -> Void
  ) async throws {
    if let databaseURL = configuration.databaseURL {
      return try await body(databaseURL)
    }
    let folder = try DataDirectory(locking: configuration.dataDirectory)
    defer { folder.release() }
    let cluster = try await PrivateCluster.start(dataDirectory: folder.path, log: log)
    do {
      try await body(cluster.connectionString)
    } catch {
      try? await cluster.stop()
      throw error
    }
    try await cluster.stop()
  }
}
