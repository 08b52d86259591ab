package import Logging
import SystemPackage

/// The PostgreSQL that Laurel makes and runs for itself when it is given no DATABASE_URL.
///
/// It listens on a Unix socket in a folder of its own, never on the network, and keeps PostgreSQL's
/// durable defaults. Only the holder of the data folder's lock may start or stop it: see
/// `DataDirectory`.
package struct PrivateCluster: Sendable {
  private let server: ClusterServer
  private let log: Logger

  /// Where to connect, as libpq keywords; holds no secret. The role owns the database and has no
  /// rights beyond it.
  package var connectionString: String {
    Self.connectionString(socket: server.socket.path)
  }

  /// Where to connect to the cluster that another Laurel runs for `dataDirectory`; `nil` when there
  /// is no socket of one that this user can reach.
  package static func connectionString(ofRunning dataDirectory: String) -> String? {
    SocketFolder.find(inDataFolder: FilePath(dataDirectory)).map(connectionString(socket:))
  }

  /// Whether a cluster was made in `dataDirectory`, or a link to one, even if that is broken.
  static func exists(in dataDirectory: String) -> Bool {
    (try? Stat(FilePath(dataDirectory).appending("postgres"), followTargetSymlink: false)) != nil
  }

  private static func connectionString(socket: FilePath) -> String {
    let name = ClusterServer.databaseName
    return "host=\(socket) port=5432 dbname=\(name) user=\(name)"
  }

  /// Starts the cluster of `dataDirectory` and makes whatever is missing: folder, database files,
  /// role, database. A server that an earlier, killed Laurel left running is taken over; one that
  /// crashed recovers. A start that fails or is cancelled stops the server again.
  ///
  /// - Throws: `PrivateClusterError`, whose message says what to do.
  package static func start(
    dataDirectory: String, log: Logger
  ) async throws(PrivateClusterError) -> PrivateCluster {
    let installed = try await ServerPrograms.installed()
    let dataFolder: FilePath
    do {
      dataFolder = try DataDirectory.makeFolder(dataDirectory)
    } catch {
      throw PrivateClusterError(.folderUnusable, error.message, cause: error.cause)
    }
    let folder = try await ClusterFolder.prepare(in: dataFolder)
    let server = ClusterServer(
      folder: folder,
      programs: try ServerPrograms.choose(
        from: installed, for: folder.majorVersion, cluster: folder.path),
      socket: try SocketFolder.choose(for: folder, dataFolder: dataFolder))
    let cluster = PrivateCluster(server: server, log: log)
    do {
      try await cluster.bringUp()
    } catch {
      try? await cluster.stop()
      throw error
    }
    return cluster
  }

  /// Stops the server and waits for its end, for about a minute at most. Cancelling the task does
  /// not cut it short. Stopping a stopped cluster does nothing.
  ///
  /// - Throws: `PrivateClusterError` when the server would not end.
  package func stop() async throws(PrivateClusterError) {
    try await ClusterCommand.withoutCancellation { () throws(PrivateClusterError) in
      try await server.stop()
      server.socket.discard()
    }
    log.info("private PostgreSQL stopped", metadata: ["folder": "\(server.folder.path)"])
  }

  private func bringUp() async throws(PrivateClusterError) {
    try await server.initialize()
    if try await server.isRunning() {
      if server.usesSocket, (try? await server.makeDatabase()) != nil {
        log.notice("private PostgreSQL taken over from an earlier run", metadata: metadata)
        return
      }
      // On its way down, or with a socket that nobody finds any more.
      try await server.stop()
    }
    try await server.start()
    try await server.makeDatabase()
    log.info("private PostgreSQL started", metadata: metadata)
  }

  private var metadata: Logger.Metadata {
    [
      "folder": "\(server.folder.path)", "version": "\(server.programs.majorVersion)",
      "user": "\(server.folder.user.userID)",
    ]
  }
}
