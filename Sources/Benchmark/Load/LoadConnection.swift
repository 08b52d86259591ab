import NIOCore

/// One connection of the load: sends a request, waits for its answer, and tells the round.
final class LoadConnection: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  private let round: LoadRound
  private var context: ChannelHandlerContext?
  private var reader = AnswerReader()
  private var outgoing = ByteBuffer()
  /// When the request that is under way was planned.
  private var planned: NIODeadline?

  /// A connection of `round`, whose event loop is its own.
  init(_ round: LoadRound) {
    self.round = round
  }

  func handlerAdded(context: ChannelHandlerContext) {
    self.context = context
  }

  func handlerRemoved(context: ChannelHandlerContext) {
    self.context = nil
  }

  /// Sends the request of this place in the load.
  func send(_ index: Int, of load: SignedLoad, planned: NIODeadline) {
    self.planned = planned
    guard let context else { return lose() }
    load.write(index, into: &outgoing)
    context.writeAndFlush(wrapOutboundOut(outgoing), promise: nil)
  }

  /// Hangs up.
  func close() {
    context?.close(promise: nil)
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    do {
      guard let answer = try reader.read(unwrapInboundIn(data)) else { return }
      guard let planned else { return context.close(promise: nil) }
      self.planned = nil
      round.answered(self, answer, planned: planned)
    } catch {
      context.close(promise: nil)
    }
  }

  func channelInactive(context: ChannelHandlerContext) {
    lose()
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    context.close(promise: nil)
  }

  private func lose() {
    round.lost(hadRequest: planned != nil)
    planned = nil
  }
}
