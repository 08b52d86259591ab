package import Hummingbird
package import NIOCore

/// What belongs to one request: the logger with its id, and the connection that it came on.
package struct LaurelContext: RequestContext {
  package var coreContext: CoreRequestContextStorage
  private let channel: any Channel

  /// How long a client may take to send a body. The store itself gives up after 18 s (FACTS §3).
  package static let uploadTime = TimeAmount.seconds(15)

  package init(source: ApplicationRequestContextSource) {
    coreContext = .init(source: source)
    channel = source.channel
  }

  /// The address at the other end of the connection, a proxy's where one stands between; `nil`
  /// without one.
  var peer: ClientAddress? { channel.remoteAddress?.ipAddress.flatMap { ClientAddress($0) } }

  /// Reads the whole body. A client that sends it too slowly loses its connection, so that nobody
  /// can hold one for ever, a byte at a time.
  /// - Throws: `NIOTooManyBytesError` when the body has more than `limit` bytes.
  package func body(of request: Request, upTo limit: Int) async throws -> ByteBuffer {
    let channel = channel
    let deadline = channel.eventLoop.scheduleTask(in: Self.uploadTime) {
      channel.close(promise: nil)
    }
    defer { deadline.cancel() }
    return try await request.body.collect(upTo: limit)
  }
}
