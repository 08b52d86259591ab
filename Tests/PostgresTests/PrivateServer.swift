import FoundationEssentials
import Glibc
import Postgres
import Testing

/// A small server of the test's own, which may be stopped and killed. Started by root it runs as
/// the user `postgres`, since PostgreSQL refuses to run as root.
struct PrivateServer {
  let folder: String

  /// Makes and starts a server, lends it, and removes it.
  static func run(_ body: (PrivateServer) async throws -> Void) async throws {
    let server = PrivateServer(folder: "/tmp/laurel-test-\(UUID().uuidString)")
    try server.shell(
      """
      mkdir -m 0755 '\(server.folder)'
      if [ "$(id -u)" = 0 ]; then chown postgres '\(server.folder)'; fi
      """)
    do {
      try server.shell(
        """
        as_owner "$bin/initdb" -D data -U owner -A trust -E UTF8 --no-sync
        """)
      try server.start()
      try await body(server)
    } catch {
      server.remove()
      throw error
    }
    server.remove()
  }

  func start() throws {
    try shell(
      """
      as_owner "$bin/pg_ctl" -D data -l log -w -t 30 \
        -o "-c listen_addresses= -c unix_socket_directories='\(folder)' -c fsync=off" start
      """)
  }

  /// Ends every process of the server at once, as a crash would.
  func kill() throws { try shell("as_owner \"$bin/pg_ctl\" -D data -m immediate -w stop") }

  /// Suspends the postmaster and the given session, so that nothing answers any more.
  func freeze(_ process: Int32) throws {
    try shell("kill -STOP \"$(head -n 1 data/postmaster.pid)\" \(process)")
  }

  /// Lets them go on.
  func thaw(_ process: Int32) throws {
    try shell("kill -CONT \"$(head -n 1 data/postmaster.pid)\" \(process)")
  }

  func configuration(
    statementTimeout: Duration = .seconds(20), replyGrace: Duration = .seconds(5)
  ) throws -> PostgresConfiguration {
    try PostgresConfiguration(
      connectionString: "host=\(folder) user=owner dbname=postgres",
      statementTimeout: statementTimeout, replyGrace: replyGrace, connectTimeout: .seconds(2),
      poolSize: 2)
  }

  private func remove() {
    try? kill()
    try? shell("rm -rf '\(folder)'")
  }

  private struct Failed: Error, CustomStringConvertible { let description: String }

  private func shell(_ script: String) throws {
    let prelude = """
      set -e; bin=$(pg_config --bindir)
      as_owner() {
        if [ "$(id -u)" = 0 ]; then setpriv --reuid=postgres --regid=postgres --clear-groups "$@"
        else "$@"; fi
      }
      if [ -d '\(folder)' ]; then cd '\(folder)'; fi
      exec >/dev/null 2>&1 </dev/null
      """
    let status = unsafe system(prelude + "\n" + script)
    guard status == 0 else { throw Failed(description: "exit status \(status): \(script)") }
  }
}
