import FoundationEssentials
import Subprocess
import SystemPackage
import Testing

/// A real mail server (aiosmtpd), as a process of its own.
struct MailServer: Sendable {
  /// A mail as the server took it.
  struct Mail: Decodable, Sendable {
    let sender: String
    let recipients: [String]
    let data: Data
    let isEncrypted: Bool
    let user: String
  }

  /// Where it listens on 127.0.0.1.
  let port: Int
  private let outputPath: String

  /// Runs `body` beside a server with these options of `Tests/smtp-server.py`.
  static func run(
    _ options: [String] = [], _ body: (MailServer) async throws -> Void
  ) async throws {
    let path = "/tmp/laurel-test-mail-\(UUID().uuidString)"
    let file = try FileDescriptor.open(
      FilePath(path), .writeOnly, options: [.create, .append], permissions: .ownerReadWrite)
    defer { try? FileManager.default.removeItem(atPath: path) }
    let script =
      #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(2)
      .joined(separator: "/") + "/smtp-server.py"
    // The server ends when its standard input does: after the body, or with this process.
    let result = try await Subprocess.run(
      .path("/usr/bin/python3"), arguments: Arguments([script] + options), input: .inputWriter,
      output: .fileDescriptor(file, closeAfterSpawningProcess: true),
      error: .currentStandardError
    ) { _ in
      let line = try await lines(of: path, atLeast: 1).first ?? ""
      let port = try #require(Int(line.dropFirst("port ".count)))
      try await body(MailServer(port: port, outputPath: path))
    }
    #expect(result.terminationStatus.isSuccess)
  }

  /// Waits until the server has taken this many mails, and gives them in order.
  func mails(atLeast count: Int = 1) async throws -> [Mail] {
    try await Self.lines(of: outputPath, atLeast: count + 1).dropFirst().map {
      try JSONDecoder().decode(Mail.self, from: Data($0.utf8))
    }
  }

  private static func lines(of path: String, atLeast count: Int) async throws -> [String] {
    let deadline = ContinuousClock.now + .seconds(30)
    while true {
      let output = String(
        decoding: FileManager.default.contents(atPath: path) ?? Data(), as: UTF8.self)
      // What stands behind the last line end may still be growing.
      let lines = output.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
      if lines.count >= count { return lines.map(String.init) }
      try #require(ContinuousClock.now < deadline, "waited in vain for \(count) lines")
      try await Task.sleep(for: .milliseconds(10))
    }
  }
}

/// A certificate for 127.0.0.1 of its own making.
struct TestCertificate: Sendable {
  /// The certificate's file (PEM).
  let path: String
  /// Its key's file (PEM).
  let keyPath: String

  /// Makes a certificate and runs `body` with it.
  static func with(_ body: (TestCertificate) async throws -> Void) async throws {
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
    try #require(result.terminationStatus.isSuccess, "\(result.standardError)")
    try await body(certificate)
  }
}
