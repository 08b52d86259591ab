import FoundationEssentials
import Glibc
import Subprocess
import SystemPackage

/// A folder with the programs of one PostgreSQL server.
struct ServerPrograms: Sendable, Equatable {
  /// The folder that holds `initdb`, `pg_ctl`, `postgres` and `psql`.
  let folder: FilePath
  /// The major version, as PG_VERSION of a cluster spells it: "15".
  let majorVersion: String

  /// The path of one of the programs.
  func path(of program: String) -> String { folder.appending(program).string }

  /// Every complete server on this machine, the preferred one first: that of the `pg_config` on
  /// PATH, then those below `versionsFolder` (where Debian keeps one folder per major version),
  /// the highest first.
  ///
  /// - Throws: `PrivateClusterError.Code.notInstalled` when there is none.
  static func installed(
    configuration: String = "pg_config", versionsFolder: String = "/usr/lib/postgresql"
  ) async throws(PrivateClusterError) -> [ServerPrograms] {
    var folders: [FilePath] = []
    if let folder = await folderOfConfiguration(configuration) { folders.append(folder) }
    let names = (try? FileManager.default.contentsOfDirectory(atPath: versionsFolder)) ?? []
    for version in names.compactMap({ Int($0) }).sorted(by: >) {
      folders.append(FilePath(versionsFolder).appending("\(version)").appending("bin"))
    }
    var found: [ServerPrograms] = []
    for folder in folders where !found.contains(where: { $0.folder == folder }) {
      if let programs = try await examine(folder) { found.append(programs) }
    }
    guard !found.isEmpty else {
      throw PrivateClusterError(
        .notInstalled,
        "no PostgreSQL server is installed; install one (on Debian: apt install postgresql), or "
          + "set DATABASE_URL to one that runs elsewhere")
    }
    return found
  }

  /// The programs that fit a cluster of major version `version`; `nil` stands for a new cluster.
  ///
  /// - Throws: `PrivateClusterError.Code.versionMismatch` when no installed server fits.
  static func choose(
    from installed: [ServerPrograms], for version: String?, cluster: FilePath
  ) throws(PrivateClusterError) -> ServerPrograms {
    let choice = installed.first { version == nil || $0.majorVersion == version }
    guard let choice else {
      let versions = installed.map(\.majorVersion).joined(separator: ", ")
      throw PrivateClusterError(
        .versionMismatch,
        "the cluster in \(cluster) was made by PostgreSQL \(version ?? "?"), but installed is "
          + "\(versions); install PostgreSQL \(version ?? "?"), or upgrade the cluster with "
          + "pg_upgrade, or set LAUREL_DATA_DIR to a new folder")
    }
    return choice
  }

  private static func folderOfConfiguration(_ program: String) async -> FilePath? {
    let result = try? await Subprocess.run(
      .name(program), arguments: ["--bindir"], output: .string(limit: 4096))
    guard let result, result.terminationStatus.isSuccess else { return nil }
    let line = result.standardOutput.split(separator: "\n").first.map(String.init) ?? ""
    return line.hasPrefix("/") ? FilePath(line) : nil
  }

  /// The server in `folder`, or nothing when a program is missing: Debian's `pg_config` comes with
  /// the client library and names a folder that need not hold a server.
  private static func examine(
    _ folder: FilePath
  ) async throws(PrivateClusterError) -> ServerPrograms? {
    for program in ["initdb", "pg_ctl", "postgres", "psql"] {
      let path = folder.appending(program).string
      guard unsafe access(path, X_OK) == 0 else { return nil }
    }
    let outcome = try await ClusterCommand(
      program: folder.appending("postgres").string, arguments: ["--version"]
    ).run()
    // "postgres (PostgreSQL) 15.20 (Debian 15.20-0+deb12u1)"
    let words = outcome.output.split(separator: " ")
    guard outcome.succeeded, words.count >= 3 else { return nil }
    let major = words[2].prefix { $0.isNumber }
    return major.isEmpty ? nil : ServerPrograms(folder: folder, majorVersion: String(major))
  }
}
