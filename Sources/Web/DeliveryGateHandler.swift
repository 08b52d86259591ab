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
  private let answerTime: TimeAmount

  /// For each request that the router has and has not answered yet, in order, whether it is a delivery
  /// that has come as a whole.
  private var underWay: CircularBuffer<Bool> = []
  /// Whether the first of them has a place. Requests of one connection are answered one after the
  /// other, so that it never needs a second one, however many it sends ahead.
  private var hasPlace = false
  /// Ends the connection when nobody takes the answer: its place is for others.
  private var answerDeadline: Scheduled<Void>?
  /// Whether what comes now belongs to a delivery that goes through.
  private var isDelivery = false
  /// The header of the delivery that is being refused.
  private var refused: HTTPRequest?
  /// Ends the connection when the body of a refused delivery does not come to its end.
  private var deadline: Scheduled<Void>?

  /// Stands on one connection before `gate`, for which a client may take `uploadTime` to send the
  /// body of a delivery that is refused, and has to have taken an answer after `answerTime`. The
  /// store gives up after 18 s (FACTS §3).
  package init(
    _ gate: DeliveryGate, uploadTime: TimeAmount = LaurelContext.uploadTime,
    answerTime: TimeAmount = .seconds(30)
  ) {
    self.gate = gate
    self.uploadTime = uploadTime
    self.answerTime = answerTime
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
        underWay[underWay.index(before: underWay.endIndex)] = true
        takePlace(context)
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
    if case .end = unwrapOutboundIn(data) {
      _ = underWay.popFirst()
      leavePlace()
      takePlace(context)
    }
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

  /// Takes a place for the request that is answered next, where it is a delivery.
  private func takePlace(_ context: ChannelHandlerContext) {
    guard !hasPlace, underWay.first == true else { return }
    hasPlace = true
    gate.enter()
    answerDeadline = context.eventLoop.assumeIsolated().scheduleTask(in: answerTime) {
      context.close(promise: nil)
    }
  }

  private func leavePlace() {
    guard hasPlace else { return }
    hasPlace = false
    gate.leave()
    answerDeadline?.cancel()
    answerDeadline = nil
  }

  /// Nobody waits for the answers any more.
  private func giveBack() {
    leavePlace()
    underWay.removeAll()
    deadline?.cancel()
    deadline = nil
  }
}
