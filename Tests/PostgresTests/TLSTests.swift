import MailTesting
import Postgres
import ProcessTesting
import Testing

/// PostgreSQL over TCP with TLS, as databases that somebody else runs are reached.
@Suite struct TLSTests {
  private static func configuration(
    port: Int, _ mode: String, ca: String? = nil
  ) throws -> PostgresConfiguration {
    try PostgresConfiguration(
      connectionString: "host=127.0.0.1 port=\(port) user=owner dbname=postgres sslmode=\(mode)"
        + (ca.map { " sslrootcert=\($0)" } ?? ""),
      statementTimeout: .seconds(10), connectTimeout: .seconds(5), poolSize: 2)
  }

  @Test func onlyAServerWhoseCertificateIsTrustedIsTalkedTo() async throws {
    try await TestCertificate.with { certificate async throws in
      try await TestCertificate.with { other async throws in
        try await PrivateServer.run { server async throws in
          let port = try await server.restart(
            certificate: certificate.path, key: certificate.keyPath)
          let pool = Pool(try Self.configuration(port: port, "verify-full", ca: certificate.path))
          let isEncrypted = try await pool.first(
            "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()"
          ) { row in try row.decode(0, as: Bool.self) }
          #expect(isEncrypted == true)
          // More than libpq, OpenSSL and the kernel hold at once, in both directions.
          let text = String(repeating: "0123456789abcdef", count: 1 << 19)
          let echo = try await pool.first("SELECT \(text)::text") { row in
            try row.decode(0, as: String.self)
          }
          #expect(echo == text)
          // A statement that is cancelled leaves the connection in order.
          let late = Task { await postgresError { try await pool.execute("SELECT pg_sleep(9)") } }
          try await Task.sleep(for: .milliseconds(100))
          late.cancel()
          #expect(await late.value?.code == .cancelled)
          #expect(try await pool.execute("SELECT 1") == 1)
          await pool.close()

          for (mode, ca) in [
            ("verify-full", other.path), ("verify-ca", other.path), ("disable", nil),
          ] {
            let error = await postgresError {
              try await Connection.connect(Self.configuration(port: port, mode, ca: ca))
            }
            #expect(error?.code == .connectionFailed, "\(mode): \(String(describing: error))")
          }
        }
      }
    }
  }
}
