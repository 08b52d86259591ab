import HTTPTypes
package import NIOCore
package import NIOHTTPTypes

/// Stands before the router on each connection and lets deliveries through the gate. What is refused
/// is answered on the event loop: a refusal has to cost a small part of what a delivery does, or
/// refusing leaves no time for taking in. Its body is read and dropped, so that the connection can
/// carry the next request.
package final class DeliveryGateHandler: ChannelDuplexHandler, RemovableChannelHandler {
  package typealias InboundIn = HTTPRequestPart
  package typealias InboundOut = HTTPRequestPart
  package typealias OutboundIn = HTTPResponsePart
  package typealias OutboundOut = HTTPResponsePart

  private let gate: DeliveryGate
  private let uploadTime: TimeAmount

  /// For each request that the router has and has not answered yet, in order, whether it has a place.
  private var underWay: CircularBuffer<Bool> = []
  /// Whether what comes now belongs to a delivery that goes through.
  private var isDelivery = false
  /// The header of the delivery that is being refused.
  private var refused: HTTPRequest?
  /// Ends the connection when the body of a refused delivery does not come to its end.
  private var deadline: Scheduled<Void>?

  /// Stands on one connection before `gate`, for which a client may take `uploadTime` to send the
  /// body of a delivery that is refused.
  package init(_ gate: DeliveryGate, uploadTime: TimeAmount = LaurelContext.uploadTime) {
    self.gate = gate
    self.uploadTime = uploadTime
  }

  package func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head(let head):
      isDelivery = WebhookRoutes.isDelivery(head)
      // Answers keep the order of their requests: behind one that is under way nothing is refused.
      if isDelivery, underWay.isEmpty, gate.isFull {
        refused = head
        return
      }
      underWay.append(false)
    case .body:
      if refused != nil { return }
    case .end:
      if let refused { return refuse(refused, context) }
      if isDelivery, !underWay.isEmpty {
        gate.enter()
        underWay[underWay.index(before: underWay.endIndex)] = true
      }
    }
    context.fireChannelRead(data)
  }

  package func channelReadComplete(context: ChannelHandlerContext) {
    if refused != nil, deadline == nil {
      deadline = context.eventLoop.assumeIsolated().scheduleTask(in: uploadTime) {
        context.close(promise: nil)
      }
    }
    context.fireChannelReadComplete()
  }

  package func write(
    context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?
  ) {
    if case .end = unwrapOutboundIn(data), underWay.popFirst() == true { gate.leave() }
    context.write(data, promise: promise)
  }

  package func channelInactive(context: ChannelHandlerContext) {
    giveBack()
    context.fireChannelInactive()
  }

  package func handlerRemoved(context: ChannelHandlerContext) {
    giveBack()
  }

  private func refuse(_ request: HTTPRequest, _ context: ChannelHandlerContext) {
    refused = nil
    deadline?.cancel()
    deadline = nil
    gate.refuse()
    context.write(wrapOutboundOut(.head(gate.refusal.head)), promise: nil)
    context.write(wrapOutboundOut(.body(gate.refusal.body)), promise: nil)
    context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    if request.headerFields[.connection]?.lowercased() == "close" {
      context.close(promise: nil)
    }
  }

  /// Nobody waits for the answers any more.
  private func giveBack() {
    gate.leave(underWay.count { $0 })
    underWay.removeAll()
    deadline?.cancel()
    deadline = nil
  }
}
