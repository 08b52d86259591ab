import HTTPTransport
import Testing

/// Mails and servers that are refused before anything is sent.
@Suite struct MailRefusalTests {
  @Test(arguments: [
    "bob@example.com\r\nDATA", "bob@example.com\n", "bob\r@example.com", "bob\0@example.com",
    "bob@example.com>\u{0}", "<bob@example.com>", "bob@example.com> SIZE=1", "bob @example.com",
    "", "bob", "@example.com", "bob@", "bob@a@b", "bob@example.com\u{7f}",
    String(repeating: "b", count: 250) + "@example.com",
  ])
  func refusesAnAddress(address: String) async throws {
    try await expectRefusal(of: mail(to: address))
    try await expectRefusal(of: mail(to: "bob@example.com", from: address))
  }

  @Test(arguments: [
    "", "no end", "a\nb\r\n", "a\rb\r\n", "a\r\r\n", "a\n.\r\n", "a\0b\r\n", "й\r\n", "a\r",
    String(repeating: "x", count: 999) + "\r\n",
  ])
  func refusesData(data: String) async throws {
    try await expectRefusal(of: mail(to: "bob@example.com", data: data))
  }

  @Test(arguments: [
    "", "mail.example.com", "http://mail.example.com", "smtp:mail.example.com", "smtp://",
    "smtp://:587", "smtp://mail.example.com:0", "smtp://mail.example.com:65536",
    "smtp://mail.example.com:x", "smtp://mail.example.com:", "smtp://mail.example.com/inbox",
    "smtp://mail.example.com#x", "smtp://hush@mail.example.com", "smtp://:hush@mail.example.com",
    "smtp://user:@mail.example.com", "smtp://us@er:hush@mail.example.com",
    "smtp://user:hu/sh@mail.example.com", "smtp://user:hush%0d%0a@mail.example.com",
    "smtp://user:hush%zz@mail.example.com", "smtp://user:hush%ff@mail.example.com",
    "smtp://user:hush%00@mail.example.com", "smtp://mail example.com",
    "smtp://mail.example.com\r\n", "smtp://пример.рф", "smtp://mail.example.com?tls=maybe",
    "smtp://mail.example.com?tls=none&tls=none", "smtp://mail.example.com?ssl=none",
    "smtps://mail.example.com?tls=none", "smtp://mail.example.com?ca=", "smtp://[::1",
    "smtp://[mail]:25", "smtp://::1",
  ])
  func refusesAServer(url: String) {
    let error = #expect(throws: MailError.self) { try SMTPServer(url: url) }
    #expect(error?.code == .invalidServer)
    #expect(error?.isRetryable == false)
    #expect("\(String(describing: error))".contains("hush") == false)
  }

  @Test(arguments: [
    ("smtp://mail.example.com", "mail.example.com", 587, SMTPServer.Security.startTLS),
    ("SMTP://mail.example.com:2525/", "mail.example.com", 2525, .startTLS),
    ("smtps://user:hush@mail.example.com", "mail.example.com", 465, .implicitTLS),
    ("smtp://user:hush@localhost:25", "localhost", 25, .none),
    ("smtp://127.0.0.2", "127.0.0.2", 587, .none), ("smtp://[::1]:25", "::1", 25, .none),
    ("smtp://127.0.0.1.example.com", "127.0.0.1.example.com", 587, .startTLS),
    ("smtp://127.0.0.1?tls=starttls", "127.0.0.1", 587, .startTLS),
    ("smtp://user:hush@10.0.0.1?tls=none", "10.0.0.1", 587, .none),
    ("smtps://[2001:db8::1]", "2001:db8::1", 465, .implicitTLS),
  ])
  func readsAServer(
    url: String, host: String, port: Int, security: SMTPServer.Security
  ) throws {
    let server = try SMTPServer(url: url)
    #expect(server.host == host)
    #expect(server.port == port)
    #expect(server.security == security)
    var dumped = ""
    dump(server, to: &dumped)
    for text in ["\(server)", String(reflecting: server), dumped] {
      #expect(!text.contains("hush") && !text.contains("user"))
    }
  }

  @Test func aMailNeverShowsWhatItCarries() {
    let message = mail(to: "bob@example.com", data: "hush")
    var dumped = ""
    dump(message, to: &dumped)
    for text in ["\(message)", String(reflecting: message), dumped] {
      #expect(text.contains("MailMessage"))
      #expect(!text.contains("hush") && !text.contains("bob") && !text.contains("shop"))
    }
  }

  @Test func refusesImpossibleLimits() async throws {
    #expect(throws: MailError.self) { try MailTransport(maximumConnections: 0) }
    #expect(throws: MailError.self) { try MailTransport(maximumInFlight: 0) }
    try await withMailTransport { transport in
      for timeout in [Duration.zero, .seconds(-1), .seconds(Int64.max)] {
        let error = try await failure(
          of: mail(to: "bob@example.com"), through: "smtp://127.0.0.1:1", by: transport,
          totalTimeout: timeout)
        #expect(error.code == .invalidMail)
      }
    }
  }

  private func expectRefusal(
    of mail: MailMessage, sourceLocation: SourceLocation = #_sourceLocation
  ) async throws {
    try await LoopbackServer.run({ connection in try await connection.hang() }) { server in
      try await withMailTransport { transport in
        let error = try await failure(
          of: mail, through: "smtp://127.0.0.1:\(server.port)", by: transport,
          sourceLocation: sourceLocation)
        #expect(error.code == .invalidMail, sourceLocation: sourceLocation)
        #expect(!error.isRetryable, sourceLocation: sourceLocation)
        #expect(!"\(error)".contains("bob"), sourceLocation: sourceLocation)
      }
      #expect(server.acceptedConnections == 0, sourceLocation: sourceLocation)
    }
  }
}
