import Hummingbird
import HummingbirdCore
import Logging
import Monitoring
import NIOCore
import ServiceLifecycle
import Testing
import Web

@testable import App

/// What a gate without a place does on one connection.
@Suite struct DeliveryGateTests {
  /// Serves a router behind a gate for the time of `body`, which takes its address.
  private static func serve<Result>(
    places: Int, uploadTime: TimeAmount = .seconds(15), answerTime: TimeAmount = .seconds(30),
    metrics: Metrics = Metrics(),
    _ body: (String) async throws -> Result
  ) async throws -> Result {
    let log = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    let gate = try DeliveryGate(places: places, metrics: metrics, log: log)
    let router = Router(context: LaurelContext.self)
    router.get("/ready") { _, _ in "yes" }
    router.get("/webhooks/saleor") { _, _ in "a page" }
    router.post("/webhooks/saleor") { request, context in
      _ = try await context.body(of: request, upTo: 1 << 20)
      return "taken"
    }
    router.post("/webhooks/slow") { _, _ in
      try await Task.sleep(for: .seconds(3))
      return "taken late"
    }
    let port = BoundPort()
    let application = Application(
      router: router,
      server: .http1(
        configuration: .init(
          additionalChannelHandlers: [
            DeliveryGateHandler(gate, uploadTime: uploadTime, answerTime: answerTime)
          ])),
      configuration: .init(address: .hostname("127.0.0.1", port: 0)),
      onServerRunning: { port.set($0.localAddress?.port ?? 0) }, logger: log)
    let group = ServiceGroup(services: [application], logger: log)
    async let runs: Void = group.run()
    let bound = try #require(await port.value())
    let result = await Swift.Result { try await body("http://127.0.0.1:\(bound)") }
    await group.triggerGracefulShutdown()
    try await runs
    return try result.get()
  }

  private static let delivery = RawClient.post(
    "/webhooks/saleor", Array("{}".utf8), signature: "none")
  private static let question = Array("GET /ready HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".utf8)

  @Test func aConnectionGoesOnAfterARefusal() async throws {
    try await Self.serve(places: 0) { url in
      try await RawClient.with(url, count: 1) { clients in
        for _ in 0..<3 {
          try await clients[0].send(Self.delivery)
          #expect(try await clients[0].answer().hasPrefix("HTTP/1.1 503 "))
        }
        try await clients[0].send(Self.question)
        #expect(try await clients[0].answer().hasSuffix("yes"))
        // Only deliveries need a place.
        try await clients[0].send(
          Array("GET /webhooks/saleor HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".utf8))
        #expect(try await clients[0].answer().hasSuffix("a page"))
      }
    }
  }

  @Test func answersKeepTheOrderOfRequestsThatComeTogether() async throws {
    try await Self.serve(places: 0) { url in
      try await RawClient.with(url, count: 1) { clients in
        try await clients[0].send(
          Self.delivery + Self.question + Self.delivery + Self.question + Self.delivery)
        #expect(try await clients[0].answer().hasPrefix("HTTP/1.1 503 "))
        #expect(try await clients[0].answer().hasSuffix("yes"))
        // Whether it found a place depends on whether the answer before it was out.
        let third = try await clients[0].answer()
        #expect(third.hasPrefix("HTTP/1.1 503 ") || third.hasSuffix("taken"))
        #expect(try await clients[0].answer().hasSuffix("yes"))
        let fifth = try await clients[0].answer()
        #expect(fifth.hasPrefix("HTTP/1.1 503 ") || fifth.hasSuffix("taken"))
      }
    }
  }

  @Test func aRefusedBodyInPiecesIsDroppedAndAnEndlessOneIsCutOff() async throws {
    try await Self.serve(places: 0, uploadTime: .milliseconds(500)) { url in
      try await RawClient.with(url, count: 2) { clients in
        let chunked = Array(
          "POST /webhooks/saleor HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n"
            .utf8)
        for piece in [chunked, Array("2\r\n{".utf8), Array("}\r\n".utf8), Array("0\r\n\r\n".utf8)] {
          try await clients[0].send(piece)
        }
        #expect(try await clients[0].answer().hasPrefix("HTTP/1.1 503 "))
        try await clients[0].send(Self.question)
        #expect(try await clients[0].answer().hasSuffix("yes"))

        try await clients[1].send(Self.delivery.dropLast())
        #expect(await clients[1].isClosed())
        // Nobody cuts off a connection whose refused body came to its end.
        try await clients[0].send(Self.question)
        #expect(try await clients[0].answer().hasSuffix("yes"))
      }
    }
  }

  @Test func aClientThatWantsTheConnectionClosedGetsItClosed() async throws {
    try await Self.serve(places: 0) { url in
      try await RawClient.with(url, count: 1) { clients in
        try await clients[0].send(
          RawClient.post(
            "/webhooks/saleor", Array("{}".utf8), signature: "none",
            more: "Connection: close\r\n"))
        #expect(try await clients[0].answer().hasPrefix("HTTP/1.1 503 "))
        #expect(await clients[0].isClosed())
      }
    }
  }

  private static let slow = RawClient.post("/webhooks/slow", Array("{}".utf8), signature: "none")

  @Test func whoSendsManyAheadTakesOnePlaceOnly() async throws {
    try await Self.serve(places: 2) { url in
      try await RawClient.with(url, count: 3) { clients in
        try await clients[0].send(Array(repeatElement(Self.slow, count: 400).joined()))
        try await Task.sleep(for: .milliseconds(500))
        try await clients[1].send(Self.delivery)
        #expect(try await clients[1].answer().hasSuffix("taken"))
        // With a second one both places are taken.
        try await clients[1].send(Self.slow)
        try await Task.sleep(for: .milliseconds(500))
        try await clients[2].send(Self.delivery)
        #expect(try await clients[2].answer().hasPrefix("HTTP/1.1 503 "))
        #expect(try await clients[0].answer().hasSuffix("taken late"))
      }
    }
  }

  @Test func whoIsNotAnsweredInTimeKeepsNoPlace() async throws {
    try await Self.serve(places: 1, answerTime: .milliseconds(500)) { url in
      try await RawClient.with(url, count: 2) { clients in
        try await clients[0].send(Self.slow)
        #expect(await clients[0].isClosed())
        try await clients[1].send(Self.delivery)
        #expect(try await clients[1].answer().hasSuffix("taken"))
      }
    }
  }

  @Test func aPlaceIsFreeAsSoonAsItsDeliveryIsAnswered() async throws {
    let metrics = Metrics()
    try await Self.serve(places: 1, metrics: metrics) { url in
      try await RawClient.with(url, count: 1) { clients in
        for _ in 0..<200 {
          try await clients[0].send(Self.delivery)
          #expect(try await clients[0].answer().hasSuffix("taken"))
        }
      }
    }
    #expect(metrics.deliveries.family.text.contains("overloaded") == false)
  }
}
