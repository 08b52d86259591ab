import Glibc
import SystemPackage

/// The folder of the cluster, `<data folder>/postgres`, and the user that owns it. It holds the
/// database in `data`, the server's log and, where its path is short enough, the socket.
struct ClusterFolder: Sendable, Equatable {
  /// The absolute path, free of symbolic links.
  let path: FilePath
  /// Its owner, who runs PostgreSQL.
  let user: ClusterUser

  /// Debian's user for PostgreSQL; used when Laurel is started by root.
  private static let unprivilegedUser = "postgres"
  /// Where a cluster lives when the data folder is out of that user's reach.
  static let commonFolder: FilePath = "/var/lib/laurel"

  /// The database's files.
  var data: FilePath { path.appending("data") }

  /// The major version that made the database, or nothing when there is no database yet.
  var majorVersion: String? {
    let text = try? ClusterFiles.readText(data.appending("PG_VERSION"), limit: 32)
    return text.flatMap { $0.split(separator: "\n").first }.map(String.init)
  }

  /// Finds the folder, or makes it: mode 0700, owned by the user that will run PostgreSQL.
  ///
  /// - Throws: `PrivateClusterError` when it belongs to another user, cannot be reached by its
  ///   owner, or cannot be made.
  static func prepare(in dataFolder: FilePath) async throws(PrivateClusterError) -> ClusterFolder {
    let path = dataFolder.appending("postgres")
    guard let entry = try? Stat(path, followTargetSymlink: false) else {
      return try await make(at: path, in: dataFolder)
    }
    // A start that was killed between making the folder and giving it away leaves it empty.
    if entry.type == .directory, entry.userID.rawValue == 0,
      (try? ClusterFiles.removeEmptyFolder(path)) != nil
    {
      return try await make(at: path, in: dataFolder)
    }
    return try await adopt(path)
  }

  private static func make(
    at path: FilePath, in dataFolder: FilePath
  ) async throws(PrivateClusterError) -> ClusterFolder {
    let user =
      geteuid() == 0 ? try ClusterUser.named(unprivilegedUser) : ClusterUser.current
    do {
      if try await isReachable(dataFolder, by: user) {
        try ClusterFiles.makeFolder(path, mode: 0o700)
        if user != .current { try ClusterFiles.changeOwner(of: path, to: user) }
      } else {
        try? ClusterFiles.makeFolder(commonFolder, mode: 0o755)
        let folder = try ClusterFiles.makeUniqueFolder(prefix: "\(commonFolder)/")
        try ClusterFiles.changeOwner(of: folder, to: user)
        try ClusterFiles.link(path, to: folder)
      }
      return ClusterFolder(path: try ClusterFiles.resolve(path), user: user)
    } catch let error as PrivateClusterError {
      throw error
    } catch {
      throw PrivateClusterError(
        .folderUnusable, "the folder of the private PostgreSQL, \(path), cannot be made",
        cause: error)
    }
  }

  private static func adopt(_ path: FilePath) async throws(PrivateClusterError) -> ClusterFolder {
    let folder: FilePath
    let status: Stat
    do {
      folder = try ClusterFiles.resolve(path)
      status = try Stat(folder)
    } catch {
      throw PrivateClusterError(
        .folderUnusable,
        "\(path) points to a folder that is gone or cannot be entered; bring that folder back, "
          + "or remove \(path) to begin with an empty database", cause: error)
    }
    guard status.type == .directory else {
      throw PrivateClusterError(.folderUnusable, "\(folder) is not a folder; move it away")
    }
    let owner = ClusterUser(userID: status.userID.rawValue, groupID: status.groupID.rawValue)
    guard owner.userID != 0, geteuid() == 0 || owner.userID == geteuid() else {
      throw PrivateClusterError(
        .wrongOwner,
        "the private PostgreSQL in \(folder) belongs to user \(owner.userID), Laurel runs as "
          + "user \(geteuid()); start Laurel as that user or as root, or set LAUREL_DATA_DIR to "
          + "another folder")
    }
    guard try await isReachable(folder, by: owner) else {
      throw PrivateClusterError(
        .folderUnusable,
        "user \(owner.userID), who owns the private PostgreSQL in \(folder), cannot enter it; "
          + "let that user pass the folders above it (chmod o+x)")
    }
    return ClusterFolder(path: folder, user: owner)
  }

  /// Whether `user` can enter `folder`, found out by trying: modes, access lists and mount options
  /// of every folder above have a say.
  private static func isReachable(
    _ folder: FilePath, by user: ClusterUser
  ) async throws(PrivateClusterError) -> Bool {
    try await ClusterCommand(program: "test", arguments: ["-x", folder.string], user: user)
      .run().succeeded
  }
}
