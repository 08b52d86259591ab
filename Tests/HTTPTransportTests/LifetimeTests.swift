import HTTPTransport
import NIOConcurrencyHelpers
import Testing

/// Cancellation, shutdown and the bound on requests under way.
@Suite struct LifetimeTests {
  @Test func cancellationEndsARequestAtOnce() async throws {
    let received = Record<Bool>()
    let hungUp = Record<Bool>()
    try await withServer { connection in
      _ = try await connection.next()
      received.append(true)
      _ = try await connection.next()
      hungUp.append(true)
    } _: { transport, server in
      let url = server.url()
      let task = Task {
        try await failure(
          of: HTTPRequest(url: url, totalTimeout: .seconds(60), reach: .anywhere), by: transport)
      }
      try await received.wait(for: 1)
      let start = ContinuousClock.now
      task.cancel()
      let error = try await task.value
      #expect(error.code == .cancelled)
      #expect(error.requestMayHaveBeenSent)
      #expect(start.duration(to: .now) < .seconds(2))
      try await hungUp.wait(for: 1)  // The connection is closed too.
    }
  }

  @Test func aCancelledTaskSendsNothing() async throws {
    try await withServer { connection in
      try await connection.hang()
    } _: { transport, server in
      let url = server.url()
      let task = Task {
        while !Task.isCancelled { await Task.yield() }
        return try await failure(of: HTTPRequest(url: url, reach: .anywhere), by: transport)
      }
      task.cancel()
      let error = try await task.value
      #expect(error.code == .cancelled)
      #expect(!error.requestMayHaveBeenSent)
      #expect(server.acceptedConnections == 0)
    }
  }

  /// Cancellations at any moment leave neither a waiting task nor a place that stays taken.
  @Test func cancellationsAtAnyMomentLeaveNothingBehind() async throws {
    try await withServer(maximumInFlight: 8) { connection in
      while try await connection.next() != nil { try await connection.answer() }
    } _: { transport, server in
      let url = server.url()
      for round in 0..<300 {
        let task = Task {
          try? await transport.send(HTTPRequest(url: url, reach: .anywhere)).status
        }
        if round.isMultiple(of: 3) { try await Task.sleep(for: .microseconds(round * 5)) }
        task.cancel()
        let status = await task.value
        #expect(status == nil || status == 200)
      }
      let answers = await withTaskGroup(of: Int?.self) { group in
        for _ in 0..<8 {
          group.addTask {
            try? await transport.send(HTTPRequest(url: url, reach: .anywhere)).status
          }
        }
        return await group.reduce(into: [Int?]()) { $0.append($1) }
      }
      #expect(answers == [Int?](repeating: 200, count: 8))
    }
  }

  @Test func refusesMoreThanItsBound() async throws {
    let received = Record<Bool>()
    let mayAnswer = Record<Bool>()
    try await withServer(maximumInFlight: 2) { connection in
      while try await connection.next() != nil {
        received.append(true)
        try await mayAnswer.wait(for: 1)
        try await connection.answer()
      }
    } _: { transport, server in
      let request = HTTPRequest(url: server.url(), reach: .anywhere)
      async let first = transport.send(request).status
      async let second = transport.send(request).status
      try await received.wait(for: 2)
      let error = try await failure(of: request, by: transport)
      #expect(error.code == .overloaded)
      #expect(error.isRetryable)
      #expect(!error.requestMayHaveBeenSent)
      mayAnswer.append(true)
      #expect(try await [first, second] == [200, 200])
      #expect(try await transport.send(request).status == 200)
    }
  }

  @Test func shutdownEndsWhatIsUnderWay() async throws {
    let received = Record<Bool>()
    try await withServer { connection in
      _ = try await connection.next()
      received.append(true)
      try await connection.hang()
    } _: { transport, server in
      let url = server.url()
      try await withThrowingTaskGroup(of: HTTPTransportError.self) { group in
        for _ in 0..<10 {
          group.addTask {
            try await failure(of: HTTPRequest(url: url, reach: .anywhere), by: transport)
          }
        }
        try await received.wait(for: 10)
        let start = ContinuousClock.now
        await transport.shutdown()
        #expect(start.duration(to: .now) < .seconds(2))
        for try await error in group {
          #expect(error.code == .closed)
          #expect(error.requestMayHaveBeenSent)
        }
      }
      let late = try await failure(of: HTTPRequest(url: url, reach: .anywhere), by: transport)
      #expect(late.code == .closed)
      #expect(!late.requestMayHaveBeenSent)
    }
  }

  @Test func everyRequestEndsWhenShutdownComesAmongThem() async throws {
    try await withServer { connection in
      while try await connection.next() != nil { try await connection.answer() }
    } _: { transport, server in
      let url = server.url()
      try await withThrowingTaskGroup(of: Bool.self) { group in
        for number in 0..<200 {
          group.addTask {
            if number == 100 { await transport.shutdown() }
            do throws(HTTPTransportError) {
              return try await transport.send(HTTPRequest(url: url, reach: .anywhere)).status == 200
            } catch {
              return error.code == .closed
            }
          }
        }
        for try await endedWell in group { #expect(endedWell) }
      }
    }
  }

  @Test func manyMayShutDown() async throws {
    let transport = try HTTPTransport()
    await withTaskGroup(of: Void.self) { group in
      for _ in 0..<10 { group.addTask { await transport.shutdown() } }
    }
    await transport.shutdown()
    #expect(
      try await failure(of: HTTPRequest(url: "http://127.0.0.1/", reach: .anywhere), by: transport)
        .code == .closed)
  }

  @Test func aTransportThatNobodyHoldsEndsByItself() async throws {
    let hungUp = Record<Bool>()
    try await LoopbackServer.run { connection in
      while try await connection.next() != nil { try await connection.answer() }
      hungUp.append(true)
    } _: { server in
      let status = try await Self.sendOnce(server.url())
      #expect(status == 200)
      try await hungUp.wait(for: 1)
    }
  }

  private static func sendOnce(_ url: String) async throws -> Int {
    try await HTTPTransport().send(HTTPRequest(url: url, reach: .anywhere)).status
  }
}
