import HTTPTransport
import Testing

/// Deadlines and sizes, against peers that keep to neither.
@Suite struct LimitTests {
  @Test func givesUpOnAPeerThatNeverAnswers() async throws {
    try await withServer { connection in
      _ = try await connection.next()
      try await connection.hang()
    } _: { transport, server in
      let start = ContinuousClock.now
      let error = try await failure(
        of: HTTPRequest(url: server.url(), totalTimeout: .milliseconds(300), reach: .anywhere),
        by: transport)
      #expect(error.code == .timeout)
      #expect(error.isRetryable)
      #expect(error.requestMayHaveBeenSent)
      #expect(start.duration(to: .now) >= .milliseconds(290))
      #expect(start.duration(to: .now) < .seconds(5))
    }
  }

  @Test func theConnectTimeoutCoversTheHandshake() async throws {
    try await withServer { connection in
      try await connection.hang()
    } _: { transport, server in
      let start = ContinuousClock.now
      let error = try await failure(
        of: HTTPRequest(
          url: "https://127.0.0.1:\(server.port)/", connectTimeout: .milliseconds(300),
          totalTimeout: .seconds(60), reach: .anywhere),
        by: transport)
      #expect(error.code == .timeout)
      #expect(!error.requestMayHaveBeenSent)
      #expect(start.duration(to: .now) < .seconds(5))
    }
  }

  @Test(arguments: [
    "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", "HTTP/1.1 200 OK\r\nX-Slow: ", "HTTP/1.1 ",
  ])
  func theTotalTimeoutHoldsAgainstADrip(beginning: String) async throws {
    try await withServer { connection in
      _ = try await connection.next()
      try await connection.write(beginning)
      while true {
        try await connection.write("2")
        try await Task.sleep(for: .milliseconds(50))
      }
    } _: { transport, server in
      let start = ContinuousClock.now
      let error = try await failure(
        of: HTTPRequest(url: server.url(), totalTimeout: .milliseconds(500), reach: .anywhere),
        by: transport)
      #expect(error.code == .timeout)
      #expect(error.requestMayHaveBeenSent)
      #expect(start.duration(to: .now) < .seconds(5))
    }
  }

  @Test func theTotalTimeoutCoversTheWaitForAConnection() async throws {
    let received = Record<Bool>()
    try await withServer(maximumConnectionsPerHost: 1) { connection in
      _ = try await connection.next()
      received.append(true)
      try await connection.hang()
    } _: { transport, server in
      let url = server.url()
      let first = Task {
        try await failure(
          of: HTTPRequest(url: url, totalTimeout: .seconds(60), reach: .anywhere), by: transport)
      }
      try await received.wait(for: 1)
      let start = ContinuousClock.now
      let error = try await failure(
        of: HTTPRequest(url: url, totalTimeout: .milliseconds(300), reach: .anywhere), by: transport
      )
      #expect(error.code == .timeout)
      #expect(!error.requestMayHaveBeenSent)
      #expect(start.duration(to: .now) < .seconds(5))
      #expect(server.acceptedConnections == 1)
      first.cancel()
      #expect(try await first.value.code == .cancelled)
    }
  }

  @Test func theWaitForAConnectionIsNotConnecting() async throws {
    let received = Record<Bool>()
    try await withServer(maximumConnectionsPerHost: 1) { connection in
      while try await connection.next() != nil {
        received.append(true)
        try await Task.sleep(for: .milliseconds(800))
        try await connection.answer()
      }
    } _: { transport, server in
      let url = server.url()
      let request = HTTPRequest(url: url, connectTimeout: .milliseconds(250), reach: .anywhere)
      let first = Task { try await transport.send(request).status }
      try await received.wait(for: 1)
      #expect(try await transport.send(request).status == 200)
      #expect(try await first.value == 200)
      #expect(server.acceptedConnections == 1)
    }
  }

  @Test(arguments: [true, false])
  func stopsABodyOverTheCap(lengthIsKnown: Bool) async throws {
    let length = lengthIsKnown ? "Content-Length: 1000000000\r\n" : ""
    try await withServer { connection in
      _ = try await connection.next()
      try await connection.write("HTTP/1.1 200 OK\r\n\(length)\r\n")
      let piece = [UInt8](repeating: 120, count: 16_384)
      while true { try await connection.write(piece) }
    } _: { transport, server in
      let error = try await failure(
        of: HTTPRequest(url: server.url(), maximumResponseBytes: 100_000, reach: .anywhere),
        by: transport)
      #expect(error.code == .bodyTooLarge)
      #expect(!error.isRetryable)
      #expect(error.requestMayHaveBeenSent)
    }
  }

  @Test(arguments: [(0, false), (999, false), (1000, true)])
  func takesABodyOfExactlyTheCap(cap: Int, fits: Bool) async throws {
    try await withServer { connection in
      while try await connection.next() != nil {
        try await connection.answer([UInt8](repeating: 1, count: 1000))
      }
    } _: { transport, server in
      let request = HTTPRequest(url: server.url(), maximumResponseBytes: cap, reach: .anywhere)
      if fits {
        let response = try await transport.send(request)
        #expect(response.body.count == 1000)
      } else {
        let error = try await failure(of: request, by: transport)
        #expect(error.code == .bodyTooLarge)
      }
    }
  }

  @Test(arguments: ["X-More: 0123456789\r\n", "0123456789", "\r\n\r\nHTTP/1.1 100 Continue"])
  func stopsEndlessHeaders(piece: String) async throws {
    let pieces = Array(String(repeating: piece, count: 1000).utf8)
    try await withServer { connection in
      _ = try await connection.next()
      try await connection.write("HTTP/1.1 100 Continue\r\nX-First: ")
      while true { try await connection.write(pieces) }
    } _: { transport, server in
      let error = try await failure(
        of: HTTPRequest(url: server.url(), reach: .anywhere), by: transport)
      #expect(error.code == .headersTooLarge)
      #expect(!error.isRetryable)
    }
  }

  @Test func stopsEndlessTrailers() async throws {
    try await withServer { connection in
      _ = try await connection.next()
      try await connection.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n")
      while true {
        try await connection.write(String(repeating: "X-More: 0123456789\r\n", count: 1000))
      }
    } _: { transport, server in
      let error = try await failure(
        of: HTTPRequest(url: server.url(), reach: .anywhere), by: transport)
      #expect(error.code == .headersTooLarge)
    }
  }

  @Test func stopsAGzipBombAtTheCap() async throws {
    let bomb = GzipBomb.make(matches: 400_000)
    try await withServer { connection in
      while try await connection.next() != nil {
        try await connection.answer(bomb, headers: ["Content-Encoding: gzip"])
      }
    } _: { transport, server in
      #expect(bomb.count < 1_000_000)  // And about 100 MB when unpacked.
      let error = try await failure(
        of: HTTPRequest(url: server.url(), maximumResponseBytes: 1_000_000, reach: .anywhere),
        by: transport)
      #expect(error.code == .bodyTooLarge)
    }
  }

  @Test func reportsBrokenCompression() async throws {
    try await withServer { connection in
      while try await connection.next() != nil {
        try await connection.answer(Array("no gzip".utf8), headers: ["Content-Encoding: gzip"])
      }
    } _: { transport, server in
      let error = try await failure(
        of: HTTPRequest(url: server.url(), reach: .anywhere), by: transport)
      #expect(error.code == .other)
      #expect(error.requestMayHaveBeenSent)
    }
  }
}
