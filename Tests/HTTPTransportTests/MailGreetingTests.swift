import HTTPTransport
import MailTesting
import Testing

/// Greetings: everything up to the login, and no mail.
@Suite struct MailGreetingTests {
  static let login = "shop%40example.com:%D0%BF%D0%B0%D1%80%D0%BE%D0%BB%D1%8C%3A%40%2F%25"

  private static func fault(
    _ url: String, _ transport: MailTransport, within limit: Duration = .seconds(20)
  ) async throws -> MailError? {
    let server = try SMTPServer(url: url)
    do throws(MailError) {
      try await transport.greet(server, connectTimeout: limit, totalTimeout: limit)
      return nil
    } catch {
      return error
    }
  }

  @Test func greetsWithTLSAndLoginAndSendsNothing() async throws {
    try await TestCertificate.with { certificate in
      let options = ["--login", "--certificate", certificate.path, "--key", certificate.keyPath]
      try await MailServer.run(options) { server in
        try await withMailTransport { transport in
          let end = "@127.0.0.1:\(server.port)?tls=starttls"
          let right = "smtp://\(Self.login)\(end)&ca=\(certificate.path)"
          #expect(try await Self.fault(right, transport) == nil)
          let strange = try await Self.fault("smtp://\(Self.login)\(end)", transport)
          #expect(strange?.code == .tlsFailed)
          let wrong = "smtp://shop:wrong\(end)&ca=\(certificate.path)"
          #expect(try await Self.fault(wrong, transport)?.code == .authenticationFailed)
        }
        #expect(try await server.mails(atLeast: 0).isEmpty)
      }
    }
  }

  @Test func aServerThatIsMuteEndsIt() async throws {
    try await MailServer.run(["--mute"]) { server in
      try await withMailTransport { transport in
        let fault = try await Self.fault(
          "smtp://127.0.0.1:\(server.port)", transport, within: .seconds(1))
        #expect(fault?.code == .timeout)
      }
    }
  }
}
