import HTTPTransport
import Testing

/// Servers that are not there, hang, or speak another language; and the bounds of the transport.
@Suite struct MailFailureTests {
  @Test func reportsAServerThatIsDown() async throws {
    try await LoopbackServer.run({ _ in }) { server in
      try await server.stopListening()
      try await withMailTransport { transport in
        let error = try await failure(
          of: mail(to: "bob@example.com"), through: "smtp://127.0.0.1:\(server.port)",
          by: transport)
        #expect(error.code == .connectFailed)
        #expect(error.isRetryable)
        #expect(!error.mayHaveBeenDelivered)
      }
    }
  }

  @Test func reportsANameThatDoesNotResolve() async throws {
    try await withMailTransport { transport in
      let error = try await failure(
        of: mail(to: "bob@example.com"), through: "smtp://nowhere.invalid", by: transport)
      // A machine without a resolver answers late instead of at once.
      #expect([.resolveFailed, .timeout].contains(error.code))
      #expect(error.isRetryable)
    }
  }

  @Test(arguments: [
    ("", MailError.Code.timeout), ("220 ready\r\n", .timeout), ("220-ready\r\n", .timeout),
  ])
  func givesUpOnAServerThatHangs(start: String, code: MailError.Code) async throws {
    try await LoopbackServer.run { connection in
      if !start.isEmpty { try await connection.write(start) }
      try await connection.hang()
    } _: { server in
      try await withMailTransport { transport in
        for (connect, total) in [
          (Duration.seconds(1), Duration.seconds(30)), (.seconds(30), .seconds(1)),
        ] {
          let begin = ContinuousClock.now
          let error = try await failure(
            of: mail(to: "bob@example.com"), through: "smtp://127.0.0.1:\(server.port)",
            by: transport, connectTimeout: connect, totalTimeout: total)
          #expect(error.code == code)
          #expect(error.isRetryable)
          #expect(!error.mayHaveBeenDelivered)
          #expect(begin.duration(to: .now) < .seconds(15))
        }
      }
    }
  }

  @Test(arguments: [
    ("554 no service here\r\n", MailError.Code.serverRefused, Int?(554), false),
    ("421 too busy\r\n", .serverRefused, 421, true), ("333 what\r\n", .other, nil, true),
  ])
  func tellsWhyASessionDidNotBegin(
    greeting: String, code: MailError.Code, replyCode: Int?, isRetryable: Bool
  ) async throws {
    try await LoopbackServer.run { connection in
      try await connection.write(greeting)
      // The client takes its leave: a connection closed at once might be noticed first.
      _ = try await connection.next()
    } _: { server in
      try await withMailTransport { transport in
        let error = try await failure(
          of: mail(to: "bob@example.com"), through: "smtp://127.0.0.1:\(server.port)",
          by: transport)
        #expect(error.code == code)
        #expect(error.replyCode == replyCode)
        #expect(error.isRetryable == isRetryable)
      }
    }
  }

  @Test(arguments: ["HTTP/1.1 400 Bad Request\r\n\r\n", "220 rea", ""])
  func aServerThatClosesBeforeItsGreetingIsTriedAgain(start: String) async throws {
    try await LoopbackServer.run { connection in
      if !start.isEmpty { try await connection.write(start) }
    } _: { server in
      try await withMailTransport { transport in
        let error = try await failure(
          of: mail(to: "bob@example.com"), through: "smtp://127.0.0.1:\(server.port)",
          by: transport)
        // Which of the two it is depends on what is noticed first, the end or the nonsense.
        #expect([.connectionLost, .other].contains(error.code))
        #expect(error.replyCode == nil)
        #expect(error.isRetryable)
        #expect(!error.mayHaveBeenDelivered)
      }
    }
  }

  @Test func cancellationAndShutdownEndAMail() async throws {
    let connected = Record<Bool>()
    try await LoopbackServer.run { connection in
      connected.append(true)
      try await connection.hang()
    } _: { server in
      let transport = try MailTransport()
      let url = "smtp://127.0.0.1:\(server.port)"
      let first = Task {
        try await failure(
          of: mail(to: "bob@example.com"), through: url, by: transport, totalTimeout: .seconds(120))
      }
      try await connected.wait(for: 1)
      first.cancel()
      #expect(try await first.value.code == .cancelled)
      let second = Task {
        try await failure(
          of: mail(to: "bob@example.com"), through: url, by: transport, totalTimeout: .seconds(120))
      }
      try await connected.wait(for: 2)
      let start = ContinuousClock.now
      await transport.shutdown()
      #expect(try await second.value.code == .closed)
      #expect(start.duration(to: .now) < .seconds(15))
      let third = try await failure(of: mail(to: "bob@example.com"), through: url, by: transport)
      #expect(third.code == .closed)
      await transport.shutdown()
    }
  }

  @Test func refusesOneMoreThanItsBound() async throws {
    let connected = Record<Bool>()
    try await LoopbackServer.run { connection in
      connected.append(true)
      try await connection.hang()
    } _: { server in
      try await withMailTransport(maximumInFlight: 1) { transport in
        let url = "smtp://127.0.0.1:\(server.port)"
        let running = Task {
          try await failure(
            of: mail(to: "bob@example.com"), through: url, by: transport,
            totalTimeout: .seconds(120))
        }
        try await connected.wait(for: 1)
        let refused = try await failure(
          of: mail(to: "bob@example.com"), through: url, by: transport)
        #expect(refused.code == .overloaded)
        #expect(refused.isRetryable)
        running.cancel()
        #expect(try await running.value.code == .cancelled)
        #expect(connected.values.count == 1)
      }
    }
  }

  @Test func theWaitForAThreadCountsTowardsTheDeadline() async throws {
    let connected = Record<Bool>()
    try await LoopbackServer.run { connection in
      connected.append(true)
      try await connection.hang()
    } _: { server in
      try await withMailTransport(maximumConnections: 1) { transport in
        let url = "smtp://127.0.0.1:\(server.port)"
        let running = Task {
          try await failure(
            of: mail(to: "bob@example.com"), through: url, by: transport,
            totalTimeout: .seconds(120))
        }
        try await connected.wait(for: 1)
        async let waiting = failure(
          of: mail(to: "bob@example.com"), through: url, by: transport,
          totalTimeout: .milliseconds(1))
        // Long enough for the deadline to pass while the only thread is taken.
        try await Task.sleep(for: .milliseconds(50))
        running.cancel()
        #expect(try await running.value.code == .cancelled)
        #expect(try await waiting.code == .timeout)
        #expect(connected.values.count == 1)
      }
    }
  }
}
