import FoundationEssentials
import Subprocess
import SystemPackage

/// A certificate for 127.0.0.1 of its own making.
package struct TestCertificate: Sendable {
  /// The certificate's file (PEM).
  package let path: String
  /// Its key's file (PEM).
  package let keyPath: String

  /// Makes a certificate and runs `body` with it.
  package static func with(_ body: (TestCertificate) async throws -> Void) async throws {
    let folder = "/tmp/laurel-test-certificate-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let certificate = TestCertificate(
      path: "\(folder)/certificate.pem", keyPath: "\(folder)/key.pem")
    let result = try await Subprocess.run(
      .path("/usr/bin/openssl"),
      arguments: [
        "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days",
        "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost",
        "-keyout", certificate.keyPath, "-out", certificate.path,
      ],
      input: .none, output: .discarded, error: .string(limit: 1 << 16))
    guard result.terminationStatus.isSuccess else {
      throw MailServer.Failure(description: "openssl: \(result.standardError)")
    }
    try await body(certificate)
  }
}
