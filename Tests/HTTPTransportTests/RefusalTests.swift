import HTTPTransport
import Testing

/// Requests that never start.
@Suite struct RefusalTests {
  @Test(arguments: [
    "file:///etc/passwd", "gopher://127.0.0.1:1/x", "ftp://127.0.0.1/", "smtp://127.0.0.1/",
    "dict://127.0.0.1/", "127.0.0.1", "", "http:", "http://", "https://", "httpx://127.0.0.1/",
    "http://127.0.0.1:99999/", "http://127.0.0.1/ a", "http://127.0.0.1/\r\nX: y",
    "http://127.0.0.1/\0", "http://user:password@127.0.0.1/", "http://user@127.0.0.1/",
    "http://bücher.example/", "http://[::1/",
  ])
  func refusesAURL(url: String) async throws {
    try await expectRefusal(of: HTTPRequest(url: url, reach: .anywhere))
  }

  @Test(arguments: [
    ("X-A", "b\r\nX-C: d"), ("X-A", "b\nX-C: d"), ("X-A", "b\r"), ("X-A", "b\0c"),
    ("X-A", "\u{7f}"),
    ("X-A\r\nX-B", "c"), ("X-A:", "b"), ("X A", "b"), ("", "b"), ("X-Ä", "b"), ("X-A\0", "b"),
    ("Content-Length", "3"), ("transfer-encoding", "chunked"), ("EXPECT", "100-continue"),
  ])
  func refusesAHeader(name: String, value: String) async throws {
    try await expectRefusal(
      of: HTTPRequest(url: "http://127.0.0.1/", headers: [(name, value)], reach: .anywhere))
  }

  @Test(arguments: [
    HTTPRequest(method: .head, url: "http://127.0.0.1/", body: [], reach: .anywhere),
    HTTPRequest(url: "http://127.0.0.1/", connectTimeout: .zero, reach: .anywhere),
    HTTPRequest(url: "http://127.0.0.1/", totalTimeout: .seconds(-1), reach: .anywhere),
    HTTPRequest(url: "http://127.0.0.1/", totalTimeout: .seconds(Int64.max), reach: .anywhere),
    HTTPRequest(url: "http://127.0.0.1/", maximumResponseBytes: -1, reach: .anywhere),
  ])
  func refusesAnImpossibleRequest(request: HTTPRequest) async throws {
    try await expectRefusal(of: request)
  }

  @Test func refusesImpossibleLimits() {
    #expect(throws: HTTPTransportError.self) { try HTTPTransport(maximumConnectionsPerHost: 0) }
    #expect(throws: HTTPTransportError.self) { try HTTPTransport(maximumInFlight: 0) }
    #expect(throws: HTTPTransportError.self) { try HTTPTransport(userAgent: "a\r\nb: c") }
  }

  @Test func takesTheSchemeInAnyCase() async throws {
    try await withServer { connection in
      while try await connection.next() != nil { try await connection.answer() }
    } _: { transport, server in
      let url = "HtTp" + server.url().dropFirst(4)
      let response = try await transport.send(HTTPRequest(url: url, reach: .anywhere))
      #expect(response.status == 200)
    }
  }

  @Test func aRequestNeverShowsWhatItCarries() {
    let request = HTTPRequest(
      method: .post, url: "http://host.example/?token=hush",
      headers: [("Authorization", "Bearer hush")], body: Array("hush".utf8), reach: .anywhere)
    var dumped = ""
    dump(request, to: &dumped)
    for text in ["\(request)", String(reflecting: request), dumped] {
      #expect(text.contains("HTTPRequest"))
      #expect(!text.contains("hush"))
    }
  }

  private func expectRefusal(
    of request: HTTPRequest, sourceLocation: SourceLocation = #_sourceLocation
  ) async throws {
    let transport = try HTTPTransport()
    let error = try await failure(of: request, by: transport, sourceLocation: sourceLocation)
    await transport.shutdown()
    #expect(error.code == .invalidRequest, sourceLocation: sourceLocation)
    #expect(!error.isRetryable, sourceLocation: sourceLocation)
    #expect(!error.requestMayHaveBeenSent, sourceLocation: sourceLocation)
    #expect(!"\(error)".contains("password"), sourceLocation: sourceLocation)
  }
}
