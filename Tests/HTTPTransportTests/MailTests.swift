import HTTPTransport
import MailTesting
import Testing

/// Mail through a real server.
@Suite struct MailTests {
  @Test func deliversExactlyTheBytes() async throws {
    let lines = [
      ".leading dot", "Subject: dots", "", ".", "..", "a.b", ".\t",
      String(repeating: "x", count: 998),
      "QUIT", "last",
    ]
    let texts = [
      "Subject: Test\r\n\r\nHello\r\n", lines.joined(separator: "\r\n") + "\r\n",
      String(repeating: ".0123456789\r\n", count: 100_000), "\r\n",
    ]
    try await MailServer.run { server in
      try await withMailTransport { transport in
        let smtp = try SMTPServer(url: "smtp://127.0.0.1:\(server.port)")
        for (number, text) in texts.enumerated() {
          try await transport.send(
            mail(to: "bob\(number)@example.com", data: text), through: smtp)
        }
      }
      let mails = try await server.mails(atLeast: texts.count)
      #expect(mails.map { Array($0.data) } == texts.map { Array($0.utf8) })
      #expect(mails.map(\.recipients) == (0..<texts.count).map { ["bob\($0)@example.com"] })
      #expect(mails.allSatisfy { $0.sender == "shop@example.com" && $0.user.isEmpty })
    }
  }

  @Test func sendsManyAtOnce() async throws {
    try await MailServer.run { server in
      try await withMailTransport { transport in
        let smtp = try SMTPServer(url: "smtp://127.0.0.1:\(server.port)/")
        try await withThrowingTaskGroup { group in
          for number in 0..<40 {
            group.addTask {
              try await transport.send(mail(to: "bob\(number)@example.com"), through: smtp)
            }
          }
          try await group.waitForAll()
        }
      }
      let recipients = try await server.mails(atLeast: 40).flatMap(\.recipients)
      #expect(Set(recipients).count == 40)
      #expect(recipients.count == 40)
    }
  }

  @Test(arguments: [
    ("shop@example.com", "refused@example.com", MailError.Code.recipientRefused, 550, false),
    ("shop@example.com", "later@example.com", .recipientRefused, 451, true),
    ("sender550@example.com", "bob@example.com", .senderRefused, 550, false),
    ("shop@example.com", "content554@example.com", .contentRefused, 554, false),
    ("shop@example.com", "content452@example.com", .contentRefused, 452, true),
  ])
  func tellsRefusalsApart(
    sender: String, recipient: String, code: MailError.Code, replyCode: Int, isRetryable: Bool
  ) async throws {
    try await MailServer.run { server in
      try await withMailTransport { transport in
        let error = try await failure(
          of: mail(to: recipient, from: sender), through: "smtp://127.0.0.1:\(server.port)",
          by: transport)
        #expect(error.code == code)
        #expect(error.replyCode == replyCode)
        #expect(error.isRetryable == isRetryable)
        #expect(!error.mayHaveBeenDelivered)
        #expect(!"\(error)".contains("@"))
        // The same transport goes on.
        try await transport.send(
          mail(to: "bob@example.com"),
          through: try SMTPServer(url: "smtp://127.0.0.1:\(server.port)"))
      }
      #expect(try await server.mails().count == 1)
    }
  }

  @Test func knowsThatAMailWithoutAReplyMayHaveArrived() async throws {
    try await MailServer.run { server in
      try await withMailTransport { transport in
        let error = try await failure(
          of: mail(to: "silent@example.com"), through: "smtp://127.0.0.1:\(server.port)",
          by: transport, totalTimeout: .seconds(2))
        #expect(error.code == .timeout)
        #expect(error.isRetryable)
        #expect(error.mayHaveBeenDelivered)
        #expect(error.replyCode == nil)
      }
      #expect(try await server.mails().count == 1)
    }
  }

  @Test func doesNotWaitForAFarewell() async throws {
    try await MailServer.run { server in
      try await withMailTransport { transport in
        let start = ContinuousClock.now
        try await transport.send(
          mail(to: "clinging@example.com"),
          through: try SMTPServer(url: "smtp://127.0.0.1:\(server.port)"))
        #expect(start.duration(to: .now) < .seconds(15))
      }
    }
  }

  @Test(arguments: [false, true])
  func logsInOverTLS(isImplicit: Bool) async throws {
    try await TestCertificate.with { certificate in
      let options = ["--login", "--certificate", certificate.path, "--key", certificate.keyPath]
      try await MailServer.run(options + (isImplicit ? ["--implicit"] : [])) { server in
        let host = "127.0.0.1:\(server.port)"
        let login = "shop%40example.com:%D0%BF%D0%B0%D1%80%D0%BE%D0%BB%D1%8C%3A%40%2F%25@"
        let start = isImplicit ? "smtps://" : "smtp://"
        let more = isImplicit ? "?" : "?tls=starttls&"
        let trust = "ca=\(certificate.path)"
        try await withMailTransport { transport in
          try await transport.send(
            mail(to: "bob@example.com"),
            through: try SMTPServer(url: "\(start)\(login)\(host)\(more)\(trust)"))

          let wrong = try await failure(
            of: mail(to: "bob@example.com"),
            through: "\(start)shop%40example.com:hush@\(host)\(more)\(trust)", by: transport)
          #expect(wrong.code == .authenticationFailed)
          #expect(wrong.replyCode == 535)
          #expect(!wrong.isRetryable)
          #expect(!"\(wrong)".contains("hush") && !"\(wrong)".contains("shop"))

          let nobody = try await failure(
            of: mail(to: "bob@example.com"), through: "\(start)\(host)\(more)\(trust)",
            by: transport)
          #expect(nobody.code == .senderRefused)
          #expect(nobody.replyCode == 530)

          let untrusted = try await failure(
            of: mail(to: "bob@example.com"), through: "\(start)\(login)\(host)\(more)",
            by: transport)
          #expect(untrusted.code == .tlsFailed)
          #expect(untrusted.isRetryable)
        }
        let mails = try await server.mails()
        #expect(mails.map(\.user) == ["shop@example.com"])
        #expect(mails.map(\.isEncrypted) == [true])
      }
    }
  }

  @Test func sendsNothingWhereTLSIsNotOffered() async throws {
    try await MailServer.run(["--login"]) { server in
      try await withMailTransport { transport in
        let error = try await failure(
          of: mail(to: "bob@example.com"),
          through: "smtp://shop:hush@127.0.0.1:\(server.port)?tls=starttls", by: transport)
        #expect(error.code == .tlsFailed)
      }
    }
  }
}
