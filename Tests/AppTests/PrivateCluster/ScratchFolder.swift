import Glibc
import Logging
import Subprocess
import SystemPackage
import Testing

@testable import App

/// A folder for one test's clusters, and what the tests ask of them from outside.
struct ScratchFolder {
  let path: FilePath

  /// Runs `body` with a new folder; afterwards stops whatever still runs there and removes it all.
  static func with(
    mode: mode_t = geteuid() == 0 ? 0o711 : 0o700, _ body: (ScratchFolder) async throws -> Void
  ) async throws {
    try await Turnstile.shared.pass { try await make(mode: mode, body) }
  }

  private static func make(
    mode: mode_t, _ body: (ScratchFolder) async throws -> Void
  ) async throws {
    let path = try ClusterFiles.makeUniqueFolder(prefix: "/tmp/laurel-test-")
    try ClusterFiles.makeFolder(path.appending("base"), mode: mode)
    let scratch = ScratchFolder(path: path)
    let outcome: Result<Void, any Error>
    do {
      outcome = .success(try await body(scratch))
    } catch {
      outcome = .failure(error)
    }
    chmod(path, 0o711)
    for process in try await scratch.processes() { kill(process, SIGQUIT) }
    try await scratch.waitForNoProcesses()
    try await ClusterCommand(program: "rm", arguments: ["-rf", path.string]).require("rm")
    try outcome.get()
  }

  /// A logger that says nothing.
  static let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

  /// The data folder of the test; it does not exist at first.
  var data: String { path.appending("base/data").string }

  /// Opens the outer folder, so that only `base` and its mode decide who can pass.
  func letEveryonePass() { chmod(path, 0o711) }

  /// Starts the cluster of the data folder.
  func start() async throws -> PrivateCluster {
    letEveryonePass()
    return try await PrivateCluster.start(dataDirectory: data, log: ScratchFolder.quiet)
  }

  /// The server's process as its file tells, or nothing.
  var server: Int32? {
    let file = FilePath(data).appending("postgres/data/postmaster.pid")
    guard let target = try? ClusterFiles.resolve(file) else { return nil }
    let text = try? ClusterFiles.readText(target, limit: 64)
    return text.flatMap { $0.split(separator: "\n").first }.flatMap { Int32($0) }
  }

  /// Every process whose working folder lies in this folder or in where its cluster really is.
  func processes() async throws -> [Int32] {
    let cluster = (try? ClusterFiles.resolve(FilePath(data).appending("postgres"))) ?? path
    let script = """
      for folder in /proc/[0-9]*; do
        case $(readlink "$folder/cwd" 2>/dev/null) in "$1"*|"$2"*) echo "${folder#/proc/}";; esac
      done
      """
    let outcome = try await ClusterCommand(
      program: "sh", arguments: ["-c", script, "sh", path.string, cluster.string]
    ).run()
    return outcome.output.split(separator: "\n").compactMap { Int32($0) }
  }

  /// Waits until nothing runs here any more, for 20 seconds at most.
  func waitForNoProcesses() async throws {
    for _ in 0..<400 {
      if try await processes().isEmpty { return }
      try await Task.sleep(for: .milliseconds(50))
    }
    Issue.record("processes are left in \(path)")
  }
}

/// Gives a folder a mode; the tests' folders exist.
private func chmod(_ path: FilePath, _ mode: mode_t) {
  _ = unsafe Glibc.chmod(path.string, mode)
}

extension PrivateCluster {
  /// What psql prints for `sql` over the connection that Laurel would use.
  func query(_ sql: String) async throws -> String {
    let psql = try await ServerPrograms.installed()[0].path(of: "psql")
    let outcome = try await ClusterCommand(
      program: psql,
      arguments: ["-XAtq", "-v", "ON_ERROR_STOP=1", "-d", connectionString, "-c", sql]
    ).run()
    #expect(outcome.succeeded, "\(outcome.output)")
    return outcome.output
  }
}
