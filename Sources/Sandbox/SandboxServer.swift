import Hummingbird
import HummingbirdCore
package import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle

/// The stand-in store's HTTP server: `POST /graphql/` on this machine. Runs until it is shut down
/// gracefully or cancelled.
package struct SandboxServer: Service {
  /// Why there is no port to give.
  package struct NotRunning: Error {}

  private let store: SandboxStore
  private let host: String
  private let requestedPort: Int
  private let logger: Logger
  private let bound = BoundPort()

  /// A server for a store. Port 0 takes any free port; `port()` tells which.
  package init(store: SandboxStore, host: String = "127.0.0.1", port: Int = 0, logger: Logger) {
    self.store = store
    self.host = host
    self.requestedPort = port
    self.logger = logger
  }

  /// Serves until shutdown. Throws when the address cannot be taken.
  package func run() async throws {
    let bound = bound
    let responder = SandboxResponder(store: store)
    // Not an `Application`: that would write the machine's time into the header `Date`, and a store
    // answers with its own.
    let server = try HTTPServerBuilder.http1().buildServer(
      configuration: ServerConfiguration(address: .hostname(host, port: requestedPort)),
      eventLoopGroup: MultiThreadedEventLoopGroup.singleton, logger: logger
    ) { request, writer, channel in
      var response = try await responder.respond(
        to: request, context: SandboxContext(channel: channel))
      response.headers[.date] = responder.store.now().httpText
      try await writer.write(response: response.head, body: response.body)
    } onServerRunning: { channel in
      await bound.set(channel.localAddress?.port)
    }
    defer { logger.debug("sandbox store stopped") }
    try await ServiceGroup(services: [server], logger: logger).run()
  }

  /// The port that the server listens on, as soon as it does. Throws `NotRunning` when it does not
  /// listen within the time given.
  package func port(within limit: Duration = .seconds(10)) async throws -> Int {
    let deadline = ContinuousClock.now + limit
    while ContinuousClock.now < deadline {
      if let port = await bound.value { return port }
      try await Task.sleep(for: .milliseconds(5))
    }
    throw NotRunning()
  }

  /// The address of the GraphQL API, as soon as it is served. Throws as `port` does.
  package func apiURL(within limit: Duration = .seconds(10)) async throws -> String {
    "http://\(host):\(try await port(within: limit))/graphql/"
  }

  /// The port, once it is known.
  private actor BoundPort {
    private(set) var value: Int?

    func set(_ port: Int?) { value = port }
  }
}
