import Glibc
import SystemPackage

/// The folder of the server's Unix socket: the cluster's own where that works, else a short one.
struct SocketFolder: Sendable, Equatable {
  /// The absolute path; only characters that mean nothing to a shell, to libpq or to PostgreSQL's
  /// configuration, so that it is never quoted.
  let path: FilePath
  /// The file that remembers a short folder for the next start; nothing when there is no need.
  private let record: FilePath?

  /// `sun_path` holds 108 bytes with its closing zero (unix(7)); the socket's name takes 14.
  private static let longestPath = 107 - "/.s.PGSQL.5432".utf8.count
  private static let shortPrefix = "/tmp/laurel-"

  /// Chooses the folder for `cluster`, making a short one (0700, owned by the cluster's user) when
  /// the cluster's path is too long or has unusual characters.
  static func choose(
    for cluster: ClusterFolder, dataFolder: FilePath
  ) throws(PrivateClusterError) -> SocketFolder {
    if isSuitable(cluster.path.string) { return SocketFolder(path: cluster.path, record: nil) }
    let record = dataFolder.appending("socket-folder")
    if let known = remembered(in: record, user: cluster.user) {
      return SocketFolder(path: known, record: record)
    }
    do {
      let folder = try ClusterFiles.makeUniqueFolder(prefix: shortPrefix)
      if cluster.user != .current {
        try ClusterFiles.changeOwner(of: folder, to: cluster.user)
      }
      try ClusterFiles.writeText("\(folder)\n", to: record)
      return SocketFolder(path: folder, record: record)
    } catch {
      throw PrivateClusterError(
        .folderUnusable, "no folder for the socket of the private PostgreSQL could be made in /tmp",
        cause: error)
    }
  }

  /// The folder in which the server of a data folder has its socket now; `nil` when there is none
  /// that this user can see.
  static func find(inDataFolder dataFolder: FilePath) -> FilePath? {
    var folders: [FilePath] = []
    if let cluster = try? ClusterFiles.resolve(dataFolder.appending("postgres")) {
      folders.append(cluster)
      if let owner = try? Stat(cluster) {
        let user = ClusterUser(userID: owner.userID.rawValue, groupID: owner.groupID.rawValue)
        if let short = remembered(in: dataFolder.appending("socket-folder"), user: user) {
          folders.append(short)
        }
      }
    }
    return folders.first { (try? Stat($0.appending(".s.PGSQL.5432")))?.type == .socket }
  }

  /// Removes a short folder after the server has stopped; the next start makes a new one.
  func discard() {
    guard let record else { return }
    try? ClusterFiles.removeEmptyFolder(path)
    try? ClusterFiles.removeFile(record)
  }

  /// Whether a socket can lie in `path` and the path can be written without quotes.
  static func isSuitable(_ path: String) -> Bool {
    path.utf8.count <= longestPath
      && path.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "/"), UInt8(ascii: "."),
          UInt8(ascii: "_"), UInt8(ascii: "-"):
          true
        default: false
        }
      }
  }

  /// The folder that an earlier start made, if it is still there and still private: everybody may
  /// write to /tmp, so the name alone proves nothing.
  private static func remembered(in record: FilePath, user: ClusterUser) -> FilePath? {
    guard let text = try? ClusterFiles.readText(record, limit: 256),
      let line = text.split(separator: "\n").first.map(String.init),
      line.hasPrefix(shortPrefix), isSuitable(line),
      let status = try? Stat(FilePath(line), followTargetSymlink: false),
      status.type == .directory, status.userID.rawValue == user.userID,
      status.permissions == .ownerReadWriteExecute
    else { return nil }
    return FilePath(line)
  }
}
