import Glibc
import SystemPackage

/// The operations on one cluster, each a bounded run of PostgreSQL's own programs.
struct ClusterServer: Sendable {
  /// Where the cluster lives, and who runs it.
  let folder: ClusterFolder
  /// The programs that fit it.
  let programs: ServerPrograms
  /// Where its socket lies.
  let socket: SocketFolder

  /// The name of the database and of the role that owns it and has no rights beyond it.
  static let databaseName = "laurel"
  /// The server's log is set aside at a start when it is larger, in bytes.
  private static let largestLog: Int64 = 1 << 20

  /// What the server is told on its command line, which outranks its files. No durability setting
  /// is touched: PostgreSQL's defaults are safe.
  private var settings: [String] {
    [
      // Only the socket, and only for the user: that is what makes `trust` below safe.
      "listen_addresses=", "unix_socket_directories=\(socket.path)",
      "unix_socket_permissions=0700", "port=5432",
      "max_connections=100", "shared_buffers=64MB",
      // Containers have a small /dev/shm, and systemd empties it when a user logs out.
      "dynamic_shared_memory_type=mmap",
      // The log keeps to the server's own life: Laurel reports failed statements itself, and
      // details of an error carry values.
      "logging_collector=off", "log_destination=stderr", "log_min_messages=log",
      "log_min_error_statement=panic", "log_error_verbosity=terse", "log_checkpoints=off",
      "log_timezone=UTC", "timezone=UTC",
    ]
  }

  /// Makes the database's files when they are missing.
  ///
  /// They are made under another name and renamed when complete, so that a run that was killed
  /// half-way leaves nothing that looks like a database.
  func initialize() async throws(PrivateClusterError) {
    guard folder.majorVersion == nil else { return }
    let making = "data.making"
    try await command("rm", ["-rf", making]).require("clearing a half-made database away")
    try await command(
      programs.path(of: "initdb"),
      [
        "--pgdata=\(making)", "--encoding=UTF8", "--locale=C.UTF-8", "--auth=trust",
        "--username=postgres", "--data-checksums",
      ], deadline: .seconds(180)
    ).require("initdb")
    do {
      try ClusterFiles.move(folder.path.appending(making), to: folder.data)
      try ClusterFiles.synchronize(folder: folder.path)
    } catch {
      throw PrivateClusterError(
        .folderUnusable, "the new database cannot be put in place as \(folder.data)", cause: error)
    }
  }

  /// Whether a server runs on this folder.
  ///
  /// Neither the file `postmaster.pid` nor a live process of that number proves it: in a container
  /// the number is soon somebody else's, even a thread of Laurel itself. A server stands in its
  /// data folder, so that is asked, as its user, who alone may look there without privileges.
  func isRunning() async throws(PrivateClusterError) -> Bool {
    guard let process = recordedProcess else { return false }
    return try await command("test", ["/proc/\(process)/cwd", "-ef", "data"]).run().succeeded
  }

  /// Starts the server and waits until it takes connections, crash recovery included.
  ///
  /// Cancelling the task does not cut a started attempt short, for two minutes at most: ended at
  /// the wrong moment, `pg_ctl` would leave behind a server that nobody knows of yet.
  func start() async throws(PrivateClusterError) {
    setLargeLogAside()
    removeMisleadingProcessFile()
    // The programs run inside the folder and name it relatively, because pg_ctl pastes the names
    // into a shell command.
    let start = command(
      programs.path(of: "pg_ctl"),
      [
        "start", "-D", "data", "-l", "server.log", "-w", "-t", "120", "-s",
        "-o", settings.map { "-c \($0)" }.joined(separator: " "),
      ], deadline: .seconds(130))
    // After a crash the old server's last helpers hold its memory for a moment, and a new one
    // refuses to start beside them.
    for attempt in 1...4 {
      let outcome = try await ClusterCommand.withoutCancellation(start.run)
      if outcome.succeeded { return }
      guard attempt < 4, (try? await Task.sleep(for: .milliseconds(750))) != nil else { break }
    }
    let log = folder.path.appending("server.log")
    let end = (try? ClusterFiles.readEnd(of: log, limit: 1500)) ?? ""
    throw PrivateClusterError(
      .commandFailed, "the private PostgreSQL did not start; the end of \(log):\n\(end)")
  }

  /// Makes the role and the database when they are missing; fails when the server does not answer.
  func makeDatabase() async throws(PrivateClusterError) {
    let name = Self.databaseName
    let existing = try await query(
      """
      SELECT 'role' FROM pg_roles WHERE rolname = '\(name)'
        UNION ALL SELECT 'database' FROM pg_database WHERE datname = '\(name)'
      """
    ).split(separator: "\n")
    if !existing.contains("role") { _ = try await query("CREATE ROLE \(name) LOGIN") }
    if !existing.contains("database") {
      _ = try await query("CREATE DATABASE \(name) OWNER \(name)")
    }
  }

  /// Stops the server, if one runs, and waits for its end: cleanly within 20 seconds, or else at
  /// once, which loses nothing that was committed and makes the next start recover.
  func stop() async throws(PrivateClusterError) {
    guard try await isRunning() else { return }
    let pgCtl = programs.path(of: "pg_ctl")
    let fast = try await command(
      pgCtl, ["stop", "-D", "data", "-m", "fast", "-w", "-t", "20", "-s"]
    ).run()
    if fast.succeeded { return }
    guard try await isRunning() else { return }
    try await command(pgCtl, ["stop", "-D", "data", "-m", "immediate", "-w", "-t", "10", "-s"])
      .require("stopping the private PostgreSQL in \(folder.path)")
  }

  /// Whether the server that runs was given the socket folder of this start: the fifth line of
  /// `postmaster.pid`.
  var usesSocket: Bool {
    let lines = processFile.split(separator: "\n", omittingEmptySubsequences: false)
    return lines.count > 4 && lines[4] == socket.path.string
  }

  private var processFile: String {
    (try? ClusterFiles.readText(folder.data.appending("postmaster.pid"), limit: 4096)) ?? ""
  }

  private var recordedProcess: Int32? {
    processFile.split(separator: "\n").first.flatMap { Int32($0) }.flatMap { $0 > 0 ? $0 : nil }
  }

  /// PostgreSQL clears a stale `postmaster.pid` away unless a process of the same user has that
  /// number now. `isRunning` has said by then that this process is no server of this folder. A
  /// crashed server's helpers that still live are found by their shared memory all the same.
  private func removeMisleadingProcessFile() {
    guard let process = recordedProcess, (try? Stat(FilePath("/proc/\(process)"))) != nil else {
      return
    }
    try? ClusterFiles.removeFile(folder.data.appending("postmaster.pid"))
  }

  private func setLargeLogAside() {
    let log = folder.path.appending("server.log")
    guard let size = try? Stat(log, followTargetSymlink: false).size, size > Self.largestLog else {
      return
    }
    try? ClusterFiles.move(log, to: folder.path.appending("server.log.old"))
  }

  /// Runs one statement as the superuser and gives its rows, one a line.
  private func query(_ statement: String) async throws(PrivateClusterError) -> String {
    try await command(
      programs.path(of: "psql"),
      [
        "--no-psqlrc", "--quiet", "--no-align", "--tuples-only", "--host=\(socket.path)",
        "--port=5432", "--username=postgres", "--dbname=postgres", "--command=\(statement)",
      ]
    ).require("making the database '\(Self.databaseName)'")
  }

  private func command(
    _ program: String, _ arguments: [String],
    deadline: Duration = .seconds(40)
  ) -> ClusterCommand {
    ClusterCommand(
      program: program, arguments: arguments, user: folder.user, folder: folder.path,
      deadline: deadline)
  }
}
