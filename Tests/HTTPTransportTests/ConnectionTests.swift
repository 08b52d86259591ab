import HTTPTransport
import Testing

/// How connections are made, kept and given up.
@Suite struct ConnectionTests {
  @Test func reusesOneConnection() async throws {
    try await withServer { connection in
      while try await connection.next() != nil { try await connection.answer([1]) }
    } _: { transport, server in
      for _ in 0..<20 {
        let response = try await transport.send(HTTPRequest(url: server.url(), reach: .anywhere))
        #expect(response.body == [1])
      }
      #expect(server.acceptedConnections == 1)
    }
  }

  @Test func sendsTwoHundredAtOnceOverAtMostSixtyFourConnections() async throws {
    try await withServer { connection in
      while let request = try await connection.next() {
        try await Task.sleep(for: .milliseconds(20))
        try await connection.answer(request.body)
      }
    } _: { transport, server in
      let url = server.url()
      let answers = try await withThrowingTaskGroup(of: Bool.self) { group in
        for number in 0..<200 {
          group.addTask {
            let body = Array("request \(number)".utf8)
            let response = try await transport.send(
              HTTPRequest(
                method: .post, url: url, body: body, connectTimeout: .seconds(20),
                totalTimeout: .seconds(60), reach: .anywhere))
            return response.status == 200 && response.body == body
          }
        }
        return try await group.reduce(into: [Bool]()) { $0.append($1) }
      }
      #expect(answers == [Bool](repeating: true, count: 200))
      #expect(server.acceptedConnections <= 64)
    }
  }

  @Test func reportsARefusedConnection() async throws {
    try await withServer { _ in
    } _: { transport, server in
      try await server.stopListening()
      let error = try await failure(
        of: HTTPRequest(url: server.url(), reach: .anywhere), by: transport)
      #expect(error.code == .connectFailed)
      #expect(error.isRetryable)
      #expect(!error.requestMayHaveBeenSent)
    }
  }

  @Test func reportsANameThatDoesNotResolve() async throws {
    try await withServer { _ in
    } _: { transport, _ in
      let error = try await failure(
        of: HTTPRequest(
          url: "http://nowhere.invalid/", connectTimeout: .seconds(30), reach: .anywhere),
        by: transport)
      // A machine without a resolver answers late instead of at once.
      #expect([.resolveFailed, .timeout].contains(error.code))
      #expect(!error.requestMayHaveBeenSent)
    }
  }

  @Test func reportsAFailedHandshake() async throws {
    try await withServer { connection in
      try await connection.answer()
    } _: { transport, server in
      let error = try await failure(
        of: HTTPRequest(
          url: "https://127.0.0.1:\(server.port)/", connectTimeout: .seconds(15), reach: .anywhere),
        by: transport)
      #expect(error.code == .tlsFailed)
      #expect(!error.requestMayHaveBeenSent)
    }
  }

  @Test(arguments: [
    "", "HTTP/1.1 200 OK", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nContent-",
    "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n", "HTTP/1.1 100 Continue\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
  ])
  func reportsAnAnswerThatBreaksOff(answer: String) async throws {
    try await withServer { connection in
      _ = try await connection.next()
      if !answer.isEmpty { try await connection.write(answer) }
    } _: { transport, server in
      let error = try await failure(
        of: HTTPRequest(url: server.url(), reach: .anywhere), by: transport)
      #expect(error.code == .connectionLost)
      #expect(error.isRetryable)
      #expect(error.requestMayHaveBeenSent)
    }
  }

  @Test(arguments: ["SSH-2.0-OpenSSH\r\n", "\0\0\0"])
  func reportsAnAnswerThatIsNotHTTP(answer: String) async throws {
    try await withServer { connection in
      _ = try await connection.next()
      try await connection.write(answer)
    } _: { transport, server in
      let error = try await failure(
        of: HTTPRequest(url: server.url(), reach: .anywhere), by: transport)
      #expect(error.code == .other)
      #expect(error.requestMayHaveBeenSent)
    }
  }

  @Test(arguments: [HTTPRequest.Method.get, .post])
  func usesAnotherConnectionWhenTheKeptOneWasClosed(method: HTTPRequest.Method) async throws {
    let closed = Record<Bool>()
    try await withServer { connection in
      _ = try await connection.next()
      try await connection.answer()
      closed.append(true)
    } _: { transport, server in
      for number in 1...5 {
        let response = try await transport.send(
          HTTPRequest(method: method, url: server.url(), reach: .anywhere))
        #expect(response.status == 200)
        try await closed.wait(for: number)
        try await Task.sleep(for: .milliseconds(20))
      }
      #expect(server.acceptedConnections == 5)
    }
  }

  /// Documents libcurl: a request that a kept connection swallowed is sent once more.
  @Test(arguments: [HTTPRequest.Method.get, .post])
  func sendsAgainWhatAKeptConnectionSwallowed(method: HTTPRequest.Method) async throws {
    let received = Record<[UInt8]>()
    try await withServer { connection in
      while let request = try await connection.next() {
        received.append(request.body)
        if received.values.count == 2 { return }
        try await connection.answer(request.body)
      }
    } _: { transport, server in
      _ = try await transport.send(
        HTTPRequest(method: method, url: server.url(), body: [1], reach: .anywhere))
      let second = try await transport.send(
        HTTPRequest(method: method, url: server.url(), body: [2], reach: .anywhere))
      #expect(second.body == [2])
      #expect(received.values == [[1], [2], [2]])
      #expect(server.acceptedConnections == 2)
    }
  }

  @Test func sendsOnceWhatMustNotComeTwice() async throws {
    let received = Record<[UInt8]>()
    try await withServer { connection in
      while let request = try await connection.next() {
        received.append(request.body)
        if received.values.count == 2 { return }
        try await connection.answer(request.body)
      }
    } _: { transport, server in
      _ = try await transport.send(
        HTTPRequest(method: .post, url: server.url(), body: [1], reach: .anywhere))
      let error = try await failure(
        of: HTTPRequest(
          method: .post, url: server.url(), body: [2], isSentOnce: true, reach: .anywhere),
        by: transport)
      #expect(error.code == .connectionLost)
      #expect(error.requestMayHaveBeenSent)
      #expect(received.values == [[1], [2]])
    }
  }

  /// The first try was read by the peer, the second found no listener: the request was sent.
  @Test func knowsThatASwallowedRequestWasSent() async throws {
    let received = Record<Bool>()
    let mayHangUp = Record<Bool>()
    try await withServer { connection in
      while try await connection.next() != nil {
        received.append(true)
        if received.values.count == 2 {
          try await mayHangUp.wait(for: 1)
          return
        }
        try await connection.answer()
      }
    } _: { transport, server in
      _ = try await transport.send(HTTPRequest(method: .post, url: server.url(), reach: .anywhere))
      try await server.stopListening()
      mayHangUp.append(true)
      let error = try await failure(
        of: HTTPRequest(method: .post, url: server.url(), reach: .anywhere), by: transport)
      #expect(error.code == .connectFailed)
      #expect(error.requestMayHaveBeenSent)
      #expect(received.values.count == 2)
    }
  }
}
