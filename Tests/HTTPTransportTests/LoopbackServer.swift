import NIOConcurrencyHelpers
import NIOCore
import NIOPosix

/// A TCP server on 127.0.0.1 that does with each connection what the test says, byte by byte.
final class LoopbackServer: Sendable {
  /// What a test does with one connection; the connection is closed when it returns.
  typealias Handler = @Sendable (LoopbackConnection) async throws -> Void

  /// The port that it listens on.
  let port: Int

  private let listener: any Channel
  private let connections: LoopbackConnections

  private init(listener: any Channel, connections: LoopbackConnections) {
    self.listener = listener
    self.connections = connections
    port = listener.localAddress?.port ?? 0
  }

  /// How many connections came in so far.
  var acceptedConnections: Int { connections.count }

  /// The URL of a path on this server.
  func url(_ path: String = "/") -> String { "http://127.0.0.1:\(port)\(path)" }

  /// Refuses connections from now on; those that exist go on.
  func stopListening() async throws {
    try await listener.close()
  }

  /// Runs `body` beside a server that gives each connection to `handler`. When `body` is done, the
  /// handlers are cancelled and everything is closed.
  static func run<Value: Sendable>(
    _ handler: @escaping Handler, _ body: (LoopbackServer) async throws -> Value
  ) async throws -> Value {
    let connections = LoopbackConnections()
    let listener = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
      .serverChannelOption(.backlog, value: 512)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          connections.serve(
            try NIOAsyncChannel(wrappingChannelSynchronously: channel), by: handler)
        }
      }
      .bind(host: "127.0.0.1", port: 0).get()
    let outcome: Result<Value, any Error>
    do {
      let server = LoopbackServer(listener: listener, connections: connections)
      outcome = .success(try await body(server))
    } catch {
      outcome = .failure(error)
    }
    try? await listener.close()  // Some tests have closed it themselves.
    await connections.end()
    return try outcome.get()
  }
}
