import NIOCore

/// The server's end of one connection. Used by one task only.
final class LoopbackConnection {
  /// A request as it came over the wire.
  struct Request {
    /// The request line, such as `GET / HTTP/1.1`.
    let line: String
    /// The header lines.
    let headers: [String]
    /// The body, as long as `Content-Length` says.
    let body: [UInt8]

    /// The value of the first header of this name.
    func header(_ name: String) -> String? {
      headers.first { $0.lowercased().hasPrefix(name.lowercased() + ":") }
        .map { String($0.dropFirst(name.count + 1).drop(while: { $0 == " " })) }
    }
  }

  private var iterator: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator
  private let outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
  private var received: [UInt8] = []

  /// Takes over both directions of a connection.
  init(
    iterator: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator,
    outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
  ) {
    self.iterator = iterator
    self.outbound = outbound
  }

  /// The next request, or nil when the client has closed the connection.
  func next() async throws -> Request? {
    var searched = 0
    var headEnd: Int?
    while headEnd == nil {
      headEnd = endOfHead(from: max(0, searched - 3))
      searched = received.count
      if headEnd == nil, try await !readMore() { return nil }
    }
    guard let headEnd else { return nil }
    let head = String(decoding: received[..<headEnd], as: UTF8.self)
    var lines = head.split(separator: "\r\n").map(String.init)
    let line = lines.removeFirst()
    received.removeFirst(headEnd)
    let length =
      Int(
        Request(line: line, headers: lines, body: []).header("content-length") ?? "0") ?? 0
    while received.count < length {
      if try await !readMore() { return nil }
    }
    let body = Array(received[..<length])
    received.removeFirst(length)
    return Request(line: line, headers: lines, body: body)
  }

  /// Sends text as it stands.
  func write(_ text: String) async throws {
    try await outbound.write(ByteBuffer(string: text))
  }

  /// Sends bytes as they stand.
  func write(_ bytes: [UInt8]) async throws {
    try await outbound.write(ByteBuffer(bytes: bytes))
  }

  /// Sends a whole answer with its length.
  func answer(
    _ body: [UInt8] = [], status: String = "200 OK", headers: [String] = []
  ) async throws {
    let lines = ["HTTP/1.1 \(status)", "Content-Length: \(body.count)"] + headers
    try await write(Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8) + body)
  }

  /// Does nothing until the test is over.
  func hang() async throws {
    try await Task.sleep(for: .seconds(600))
  }

  private func readMore() async throws -> Bool {
    guard let buffer = try await iterator.next(isolation: #isolation) else { return false }
    received.append(contentsOf: buffer.readableBytesView)
    return true
  }

  private func endOfHead(from start: Int) -> Int? {
    guard received.count >= start + 4 else { return nil }
    for index in start...(received.count - 4)
    where received[index] == 13 && received[index + 1] == 10 && received[index + 2] == 13
      && received[index + 3] == 10
    {
      return index + 4
    }
    return nil
  }
}
