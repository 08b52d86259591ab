import NIOCore
import NIOPosix
import Testing

/// A client that sends bytes as they are, for what no HTTP client does.
struct RawClient: Sendable {
  /// Nothing more comes.
  struct Closed: Error {}

  private let channel: any Channel
  private let answers: AsyncStream<String>

  /// Makes connections to the server at `url`, which are closed after `body`.
  static func with<Result>(
    _ url: String, count: Int, _ body: ([RawClient]) async throws -> Result
  ) async throws -> Result {
    let port = try #require(url.split(separator: ":").last.flatMap { Int($0) })
    var clients: [RawClient] = []
    for _ in 0..<count { clients.append(try await RawClient(port)) }
    let result = await Swift.Result { try await body(clients) }
    for client in clients { try? await client.channel.close() }
    return try result.get()
  }

  private init(_ port: Int) async throws {
    let (answers, continuation) = AsyncStream.makeStream(of: String.self)
    channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .connectTimeout(.seconds(5))
      .channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHandler(Collector(continuation))
        }
      }
      .connect(host: "127.0.0.1", port: port).get()
    self.answers = answers
  }

  /// The bytes of a delivery.
  static func post(
    _ path: String, _ body: [UInt8], signature: String, more: String = ""
  ) -> [UInt8] {
    Array(
      """
      POST \(path) HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n\
      Saleor-Signature: \(signature)\r\n\(more)Content-Length: \(body.count)\r\n\r\n
      """.utf8) + body
  }

  /// Sends bytes.
  func send(_ bytes: some Collection<UInt8> & Sendable) async throws {
    try await channel.writeAndFlush(ByteBuffer(bytes: bytes))
  }

  /// The next answer, with its body where it has a length.
  /// - Throws: `Closed`.
  func answer() async throws -> String {
    for await answer in answers { return answer }
    throw Closed()
  }

  /// Whether the server hangs up, sooner or later, without another answer.
  func isClosed() async -> Bool {
    do {
      _ = try await answer()
      return false
    } catch {
      return true
    }
  }

  /// Cuts what comes into answers.
  private final class Collector: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let answers: AsyncStream<String>.Continuation
    private var received = ""

    init(_ answers: AsyncStream<String>.Continuation) {
      self.answers = answers
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
      received += String(buffer: unwrapInboundIn(data))
      while let head = received.firstRange(of: "\r\n\r\n") {
        let length =
          received[..<head.lowerBound].split(separator: "\r\n")
          .first { $0.lowercased().hasPrefix("content-length: ") }
          .flatMap { Int($0.dropFirst(16)) } ?? 0
        let rest = received[head.upperBound...].utf8
        guard rest.count >= length else { return }
        let end = rest.index(rest.startIndex, offsetBy: length)
        answers.yield(String(received[..<end]))
        received = String(received[end...])
      }
    }

    func channelInactive(context: ChannelHandlerContext) {
      answers.finish()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
      context.close(promise: nil)
    }
  }
}
