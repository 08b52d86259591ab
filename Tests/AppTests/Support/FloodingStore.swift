import Hummingbird
import Logging
import NIOConcurrencyHelpers
import NIOCore
import ServiceLifecycle
import Testing

/// A store that answers every call, that for its keys too, with 100 MB.
enum FloodingStore {
  private static let flood = 100 << 20

  /// Serves one for the time of `body`, which takes its origin and how many calls it has
  /// answered.
  static func with(
    _ body: (String, NIOLockedValueBox<Int>) async throws -> Void
  ) async throws {
    let answered = NIOLockedValueBox(0)
    let answer = { @Sendable (_: Request, _: BasicRequestContext) -> Response in
      answered.withLockedValue { $0 += 1 }
      return Response(
        status: .ok, headers: [.contentType: "application/json"],
        body: .init { writer in
          let chunk = ByteBuffer(repeating: UInt8(ascii: " "), count: 1 << 16)
          for _ in 0..<(flood >> 16) { try await writer.write(chunk) }
          try await writer.finish(nil)
        })
    }
    let router = Router()
    router.get("**", use: answer)
    router.post("**", use: answer)
    let ports = AsyncStream.makeStream(of: Int.self)
    let log = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    let server = Application(
      router: router, configuration: .init(address: .hostname("127.0.0.1", port: 0)),
      onServerRunning: { channel in
        ports.continuation.yield(channel.localAddress?.port ?? 0)
      }, logger: log)
    let group = ServiceGroup(services: [server], logger: log)
    async let runs: Void = group.run()
    var iterator = ports.stream.makeAsyncIterator()
    let port = try #require(await iterator.next())
    let result = await Swift.Result { try await body("http://127.0.0.1:\(port)", answered) }
    await group.triggerGracefulShutdown()
    try? await runs
    try result.get()
  }
}
