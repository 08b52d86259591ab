import HTTPTransport
import NIOConcurrencyHelpers
import Testing

/// Runs `body` with a server and a transport, and ends both.
func withServer<Value: Sendable>(
  maximumConnectionsPerHost: Int = 64,
  maximumInFlight: Int = 1024,
  _ handler: @escaping @Sendable (LoopbackConnection) async throws -> Void,
  _ body: (HTTPTransport, LoopbackServer) async throws -> Value
) async throws -> Value {
  let transport = try HTTPTransport(
    maximumConnectionsPerHost: maximumConnectionsPerHost, maximumInFlight: maximumInFlight)
  do {
    let value = try await LoopbackServer.run(handler) { server in
      try await body(transport, server)
    }
    await transport.shutdown()
    return value
  } catch {
    await transport.shutdown()
    throw error
  }
}

/// The error that a request ends with; a failed test when it gets an answer.
func failure(
  of request: HTTPRequest, by transport: HTTPTransport,
  sourceLocation: SourceLocation = #_sourceLocation
) async throws -> HTTPTransportError {
  do throws(HTTPTransportError) {
    let response = try await transport.send(request)
    Issue.record("got an answer with status \(response.status)", sourceLocation: sourceLocation)
    throw HTTPTransportError(.other, "an answer", requestMayHaveBeenSent: true)
  } catch {
    return error
  }
}

/// Something that a handler tells the test, such as what it received.
final class Record<Value: Sendable>: Sendable {
  private let box: NIOLockedValueBox<[Value]>

  /// An empty record.
  init() {
    box = NIOLockedValueBox([])
  }

  /// Everything noted so far, in order.
  var values: [Value] { box.withLockedValue { $0 } }

  /// Notes one more.
  func append(_ value: Value) {
    box.withLockedValue { $0.append(value) }
  }

  /// Waits, at most ten seconds, until there are this many.
  func wait(for count: Int) async throws {
    let deadline = ContinuousClock.now + .seconds(10)
    while values.count < count {
      try #require(ContinuousClock.now < deadline, "waited in vain for \(count) records")
      try await Task.sleep(for: .milliseconds(5))
    }
  }
}
