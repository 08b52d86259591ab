package import FoundationEssentials
import Subprocess
import SystemPackage

/// A real mail server (aiosmtpd), as a process of its own.
package struct MailServer: Sendable {
  /// A mail as the server took it.
  package struct Mail: Decodable, Sendable {
    /// The address that bounces go to.
    package let sender: String
    /// Whom it goes to.
    package let recipients: [String]
    /// Header and body.
    package let data: Data
    /// Whether it came by TLS.
    package let isEncrypted: Bool
    /// Who had logged in; empty for nobody.
    package let user: String
  }

  /// The server did not do what a test waits for.
  package struct Failure: Error, CustomStringConvertible {
    package let description: String
  }

  /// Where it listens on 127.0.0.1.
  package let port: Int
  private let outputPath: String

  /// Runs `body` beside a server with these options of `Tests/smtp-server.py`.
  package static func run(
    _ options: [String] = [], _ body: (MailServer) async throws -> Void
  ) async throws {
    let path = "/tmp/laurel-test-mail-\(UUID().uuidString)"
    let file = try FileDescriptor.open(
      FilePath(path), .writeOnly, options: [.create, .append], permissions: .ownerReadWrite)
    defer { try? FileManager.default.removeItem(atPath: path) }
    // The server ends when its standard input does: after the body, or with this process.
    let result = try await Subprocess.run(
      .path("/usr/bin/python3"), arguments: Arguments([script("smtp-server.py")] + options),
      input: .inputWriter, output: .fileDescriptor(file, closeAfterSpawningProcess: true),
      error: .currentStandardError
    ) { _ in
      let line = try await lines(of: path, atLeast: 1).first ?? ""
      guard let port = Int(line.dropFirst("port ".count)) else {
        throw Failure(description: "the mail server says \(line)")
      }
      try await body(MailServer(port: port, outputPath: path))
    }
    guard result.terminationStatus.isSuccess else {
      throw Failure(description: "the mail server ended with \(result.terminationStatus)")
    }
  }

  /// Waits until the server has taken this many mails, and gives all that it has taken, in order.
  package func mails(atLeast count: Int = 1) async throws -> [Mail] {
    try await Self.lines(of: outputPath, atLeast: count + 1).dropFirst().map {
      try JSONDecoder().decode(Mail.self, from: Data($0.utf8))
    }
  }

  /// A file of the folder `Tests`.
  static func script(_ name: String) -> String {
    #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(2)
      .joined(separator: "/") + "/\(name)"
  }

  private static func lines(of path: String, atLeast count: Int) async throws -> [String] {
    let deadline = ContinuousClock.now + .seconds(30)
    while true {
      let output = String(
        decoding: FileManager.default.contents(atPath: path) ?? Data(), as: UTF8.self)
      // What stands behind the last line end may still be growing.
      let lines = output.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
      if lines.count >= count { return lines.map(String.init) }
      guard ContinuousClock.now < deadline else {
        throw Failure(description: "waited in vain for \(count) lines of the mail server")
      }
      try await Task.sleep(for: .milliseconds(10))
    }
  }
}
