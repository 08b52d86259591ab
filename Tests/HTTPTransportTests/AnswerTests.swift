import HTTPTransport
import Testing

/// What goes over the wire and what comes back.
@Suite struct AnswerTests {
  @Test func returnsStatusHeadersAndBody() async throws {
    try await withServer { connection in
      while let request = try await connection.next() {
        try await connection.answer(
          Array("hello \(request.line)".utf8), status: "418 I'm a teapot",
          headers: ["X-Answer:  one \t", "x-answer: two", "Empty:"])
      }
    } _: { transport, server in
      let response = try await transport.send(
        HTTPRequest(url: server.url("/a?b=c%20d"), reach: .anywhere))
      #expect(response.status == 418)
      #expect(String(decoding: response.body, as: UTF8.self) == "hello GET /a?b=c%20d HTTP/1.1")
      for name in ["X-Answer", "x-answer", "X-ANSWER"] {
        #expect(response.headers.first(name) == "one")
      }
      #expect(response.headers.first("empty")?.isEmpty == true)
      #expect(response.headers.first("absent") == nil)
      #expect(response.headers.fields.count == 4)
    }
  }

  @Test func sendsExactlyTheHeadersItShould() async throws {
    let received = Record<[String]>()
    try await withServer { connection in
      while let request = try await connection.next() {
        received.append([request.line] + request.headers)
        try await connection.answer()
      }
    } _: { transport, server in
      _ = try await transport.send(
        HTTPRequest(
          method: .post, url: server.url(),
          headers: [("Authorization", "Bearer abc"), ("X-Empty", ""), ("X-Blank", "  ")],
          body: [UInt8](repeating: 7, count: 2_000_000), reach: .anywhere))
      let lines = try #require(received.values.first)
      #expect(
        lines.filter { !$0.hasPrefix("Accept-Encoding: ") } == [
          "POST / HTTP/1.1", "Host: 127.0.0.1:\(server.port)", "User-Agent: Laurel",
          "Accept: */*", "Authorization: Bearer abc", "X-Empty:", "X-Blank:",
          "Content-Length: 2000000",
        ])
      #expect(lines.contains { $0.hasPrefix("Accept-Encoding: ") && $0.contains("gzip") })
    }
  }

  @Test func sendsItsOwnUserAgent() async throws {
    let received = Record<String?>()
    let transport = try HTTPTransport(userAgent: "Laurel/2")
    try await LoopbackServer.run { connection in
      while let request = try await connection.next() {
        received.append(request.header("user-agent"))
        try await connection.answer()
      }
    } _: { server in
      _ = try await transport.send(HTTPRequest(url: server.url(), reach: .anywhere))
      _ = try await transport.send(
        HTTPRequest(url: server.url(), headers: [("user-agent", "X")], reach: .anywhere))
    }
    await transport.shutdown()
    #expect(received.values == ["Laurel/2", "X"])
  }

  @Test(arguments: [
    (HTTPRequest.Method.get, nil, nil), (.post, nil, "0"), (.put, nil, "0"), (.patch, nil, "0"),
    (.delete, nil, nil), (.get, "abc", "3"), (.post, "abc", "3"), (.put, "abc", "3"),
    (.patch, "abc", "3"), (.delete, "abc", "3"), (.post, "", "0"),
  ])
  func sendsEveryMethod(method: HTTPRequest.Method, body: String?, length: String?) async throws {
    try await withServer { connection in
      while let request = try await connection.next() {
        try await connection.answer(
          Array(request.line.utf8) + request.body,
          headers: ["X-Length: \(request.header("content-length") ?? "none")"])
      }
    } _: { transport, server in
      let response = try await transport.send(
        HTTPRequest(
          method: method, url: server.url(), body: body.map { Array($0.utf8) }, reach: .anywhere))
      #expect(
        String(decoding: response.body, as: UTF8.self)
          == "\(method.rawValue) / HTTP/1.1\(body ?? "")")
      #expect(response.headers.first("x-length") == length ?? "none")
    }
  }

  @Test func headTakesNoBody() async throws {
    try await withServer { connection in
      while try await connection.next() != nil {
        try await connection.write("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
      }
    } _: { transport, server in
      for _ in 0..<2 {
        let response = try await transport.send(
          HTTPRequest(method: .head, url: server.url(), reach: .anywhere))
        #expect(response.headers.first("content-length") == "1000")
        #expect(response.body.isEmpty)
      }
      #expect(server.acceptedConnections == 1)
    }
  }

  @Test func echoesFiveMegabytes() async throws {
    try await withServer { connection in
      while let request = try await connection.next() {
        try await connection.answer(request.body)
      }
    } _: { transport, server in
      let body = (0..<5_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) }
      let response = try await transport.send(
        HTTPRequest(
          method: .post, url: server.url(), body: body, totalTimeout: .seconds(60),
          maximumResponseBytes: body.count, reach: .anywhere))
      #expect(response.body == body)
    }
  }

  @Test func readsChunksAndLeavesOutInterimAnswersAndTrailers() async throws {
    try await withServer { connection in
      _ = try await connection.next()
      try await connection.write("HTTP/1.1 103 Early Hints\r\nX-Early: 1\r\n\r\n")
      try await connection.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
      try await connection.write("3\r\nabc\r\n2\r\nde\r\n0\r\nX-Trailer: 1\r\n\r\n")
      try await connection.hang()
    } _: { transport, server in
      let response = try await transport.send(HTTPRequest(url: server.url(), reach: .anywhere))
      #expect(response.status == 200)
      #expect(String(decoding: response.body, as: UTF8.self) == "abcde")
      #expect(response.headers.fields.map(\.name) == ["Transfer-Encoding"])
    }
  }

  @Test func decodesGzip() async throws {
    let packed: [UInt8] = [
      31, 139, 8, 0, 0, 0, 0, 0, 2, 3, 203, 73, 44, 45, 74, 205, 81, 200, 25, 12, 20, 0, 244, 212,
      175, 68, 140, 0, 0, 0,
    ]
    try await withServer { connection in
      while try await connection.next() != nil {
        try await connection.answer(packed, headers: ["Content-Encoding: gzip"])
      }
    } _: { transport, server in
      let response = try await transport.send(
        HTTPRequest(url: server.url(), maximumResponseBytes: 140, reach: .anywhere))
      #expect(
        String(decoding: response.body, as: UTF8.self) == String(repeating: "laurel ", count: 20))
    }
  }

  @Test func doesNotFollowRedirects() async throws {
    let received = Record<String>()
    try await withServer { connection in
      while let request = try await connection.next() {
        received.append(request.line)
        try await connection.answer(status: "302 Found", headers: ["Location: /elsewhere"])
      }
    } _: { transport, server in
      let response = try await transport.send(
        HTTPRequest(url: server.url("/here"), reach: .anywhere))
      #expect(response.status == 302)
      #expect(response.headers.first("location") == "/elsewhere")
      #expect(received.values == ["GET /here HTTP/1.1"])
    }
  }
}
