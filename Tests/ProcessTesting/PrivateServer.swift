import FoundationEssentials
package import Postgres
import Subprocess

/// A small server of the test's own, which may be stopped and killed. Started by root it runs as
/// the user `postgres`, since PostgreSQL refuses to run as root.
package struct PrivateServer: Sendable {
  private let folder: String

  /// Makes and starts a server, lends it, and removes it.
  /// - Throws: what `body` throws, or that a command failed.
  package static func run<Result>(
    _ body: (PrivateServer) async throws -> Result
  ) async throws -> Result {
    let server = PrivateServer(folder: "/tmp/laurel-test-\(UUID().uuidString)")
    try await server.shell(
      """
      mkdir -m 0755 '\(server.folder)'
      if [ "$(id -u)" = 0 ]; then chown postgres '\(server.folder)'; fi
      """)
    do {
      try await server.shell(
        """
        as_owner "$bin/initdb" -D data -U owner -A trust -E UTF8 --no-sync
        """)
      try await server.start()
      let result = try await body(server)
      await server.remove()
      return result
    } catch {
      // In a task of its own: when this one is cancelled, it can start no command.
      await Task { await server.remove() }.value
      throw error
    }
  }

  /// Starts it, and returns when it takes connections.
  package func start() async throws {
    try await shell(
      """
      as_owner "$bin/pg_ctl" -D data -l log -w -t 30 \
        -o "-c listen_addresses= -c unix_socket_directories='\(folder)' -c fsync=off" start
      """)
  }

  /// Starts it anew on a TCP port of 127.0.0.1, where it takes connections with TLS only and shows
  /// this certificate; gives the port.
  package func restart(certificate: String, key: String) async throws -> Int {
    try await shell(
      """
      as_owner "$bin/pg_ctl" -D data -m fast -w stop
      cp '\(certificate)' certificate.pem; cp '\(key)' key.pem; chmod 0600 *.pem
      printf 'local all all trust\nhostssl all all 127.0.0.1/32 trust\n' > data/pg_hba.conf
      if [ "$(id -u)" = 0 ]; then chown postgres *.pem; fi
      """)
    for _ in 1..<5 {
      let port = Int.random(in: 20_000..<30_000)
      // Another program may have the port.
      if (try? await startWithTLS(on: port)) != nil { return port }
    }
    let port = Int.random(in: 20_000..<30_000)
    try await startWithTLS(on: port)
    return port
  }

  private func startWithTLS(on port: Int) async throws {
    try await shell(
      """
      as_owner "$bin/pg_ctl" -D data -l log -w -t 30 \
        -o "-c listen_addresses=127.0.0.1 -c port=\(port) -c fsync=off -c ssl=on \
        -c unix_socket_directories='\(folder)' -c ssl_cert_file='\(folder)/certificate.pem' \
        -c ssl_key_file='\(folder)/key.pem'" start
      """)
  }

  /// Ends every process of the server at once, as a crash would.
  package func kill() async throws {
    try await shell("as_owner \"$bin/pg_ctl\" -D data -m immediate -w stop")
  }

  /// Suspends the server and all its sessions, so that nothing answers any more.
  package func freeze() async throws { try await signalAll("STOP") }

  /// Lets them go on.
  package func thaw() async throws { try await signalAll("CONT") }

  private func signalAll(_ signal: String) async throws {
    // A session can end between the listing and the signal.
    try await shell(
      """
      server=$(head -n 1 data/postmaster.pid)
      kill -\(signal) "$server"
      for process in $(cat "/proc/$server/task/$server/children"); do
        kill -\(signal) "$process" || true
      done
      """)
  }

  /// How to connect to it.
  package var connectionString: String { "host=\(folder) user=owner dbname=postgres" }

  /// A configuration for a small pool.
  /// - Throws: `PostgresError` for a duration out of range.
  package func configuration(
    statementTimeout: Duration = .seconds(20), replyGrace: Duration = .seconds(5)
  ) throws -> PostgresConfiguration {
    try PostgresConfiguration(
      connectionString: connectionString, statementTimeout: statementTimeout,
      replyGrace: replyGrace, connectTimeout: .seconds(2), poolSize: 2)
  }

  private func remove() async {
    try? await thaw()
    try? await kill()
    try? await shell("rm -rf '\(folder)'")
  }

  private struct Failed: Error, CustomStringConvertible { let description: String }

  private func shell(_ script: String) async throws {
    let prelude = """
      set -e; bin=$(pg_config --bindir)
      as_owner() {
        if [ "$(id -u)" = 0 ]; then setpriv --reuid=postgres --regid=postgres --clear-groups "$@"
        else "$@"; fi
      }
      if [ -d '\(folder)' ]; then cd '\(folder)'; fi
      """
    let result = try await Subprocess.run(
      .name("sh"), arguments: ["-c", prelude + "\n" + script], input: .none, output: .discarded,
      error: .discarded)
    guard result.terminationStatus.isSuccess else {
      throw Failed(description: "\(result.terminationStatus): \(script)")
    }
  }
}
