import NIOCore
import NIOPosix

/// A minimal HTTP client: one request a connection, the whole answer as bytes.
struct LoopbackClient: Sendable {
  /// An answer.
  struct Answer: Sendable {
    /// The status code.
    let status: Int
    /// The content type, if there is one.
    let contentType: String?
    /// The body.
    let body: String
  }

  /// The server closed the connection without an answer.
  struct NoAnswer: Error {}

  /// Where the server listens.
  let port: Int

  /// Sends a request. Throws `NoAnswer` when nothing comes back until the connection is closed.
  func send(
    method: String = "POST", path: String = "/graphql/", headers: [(String, String)],
    body: [UInt8] = []
  ) async throws -> Answer {
    var head = "\(method) \(path) HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n"
    for (name, value) in headers { head += "\(name): \(value)\r\n" }
    head += "Content-Length: \(body.count)\r\n\r\n"
    let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .connectTimeout(.seconds(5))
      .connect(host: "127.0.0.1", port: port) { channel in
        channel.eventLoop.makeCompletedFuture {
          try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
        }
      }
    let bytes: [UInt8] = try await channel.executeThenClose { inbound, outbound in
      try await outbound.write(ByteBuffer(bytes: Array(head.utf8) + body))
      var received: [UInt8] = []
      do {
        for try await buffer in inbound { received += Array(buffer: buffer) }
      } catch is IOError {
        // A reset is an end without an answer, too.
      }
      return received
    }
    return try Self.answer(String(decoding: bytes, as: UTF8.self))
  }

  private static func answer(_ text: String) throws -> Answer {
    guard let end = text.firstRange(of: "\r\n\r\n") else { throw NoAnswer() }
    let lines = text[..<end.lowerBound].split(separator: "\r\n")
    let words = lines.first?.split(separator: " ") ?? []
    guard words.count > 1, let status = Int(words[1]) else { throw NoAnswer() }
    let contentType = lines.first { $0.lowercased().hasPrefix("content-type: ") }
    return Answer(
      status: status, contentType: contentType.map { String($0.dropFirst(14)) },
      body: String(text[end.upperBound...]))
  }
}
