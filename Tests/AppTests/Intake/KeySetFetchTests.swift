import Domain
import HTTPTransport
import Hummingbird
import Logging
import NIOConcurrencyHelpers
import NIOCore
import SaleorAPI
import ServiceLifecycle
import Testing

/// The fetch of a store's keys, from stores that answer with anything.
@Suite struct KeySetFetchTests {
  /// What a store does at `/.well-known/jwks.json`.
  enum Behaviour: CaseIterable, Sendable {
    case keys, endless, huge, slow, redirect, missing, ill
  }

  @Test(arguments: Behaviour.allCases) func everyAnswerIsBounded(behaviour: Behaviour) async throws
  {
    let elsewhere = NIOLockedValueBox(0)
    let router = Router()
    router.get(".well-known/jwks.json") { _, _ in Self.answer(behaviour) }
    router.get("elsewhere") { _, _ in
      elsewhere.withLockedValue { $0 += 1 }
      return Self.answer(.keys)
    }
    let port = NIOLockedValueBox<Int?>(nil)
    let application = Application(
      router: router, configuration: .init(address: .hostname("127.0.0.1", port: 0)),
      onServerRunning: { channel in port.withLockedValue { $0 = channel.localAddress?.port } },
      logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    let transport = try HTTPTransport()
    try await withThrowingTaskGroup { group in
      group.addTask { try? await application.run() }
      while port.withLockedValue({ $0 }) == nil { try await Task.sleep(for: .milliseconds(5)) }
      let address = try #require(
        StoreAddress("http://127.0.0.1:\(port.withLockedValue { $0 } ?? 0)/deep/graphql/"))
      let start = ContinuousClock.now
      var document: [UInt8]?
      var code: StoreError.Code?
      do {
        document = try await KeySetFetch(transport: transport)(address, reach: .anywhere)
      } catch let error as StoreError {
        code = error.code
      }
      #expect(ContinuousClock.now - start < KeySetFetch.deadline + .seconds(5))
      #expect(document == (behaviour == .keys ? Array(#"{"keys": []}"#.utf8) : nil))
      #expect(code == Self.expected[behaviour])
      #expect(elsewhere.withLockedValue { $0 } == 0)
      group.cancelAll()
    }
    await transport.shutdown()
  }

  private static let expected: [Behaviour: StoreError.Code] = [
    .endless: .answerTooLarge, .huge: .answerTooLarge, .slow: .unreachable,
    .redirect: .unexpectedAnswer, .missing: .unexpectedAnswer, .ill: .unavailable,
  ]

  private static func answer(_ behaviour: Behaviour) -> Response {
    let block = ByteBuffer(repeating: 0x20, count: 1 << 16)
    switch behaviour {
    case .keys:
      return Response(
        status: .ok, body: .init(byteBuffer: ByteBuffer(string: #"{"keys": []}"#)))
    case .endless:
      return Response(
        status: .ok,
        body: .init { writer in
          while !Task.isCancelled { try await writer.write(block) }
          try await writer.finish(nil)
        })
    case .huge:
      return Response(
        status: .ok,
        body: .init(contentLength: 100 << 20) { writer in
          for _ in 0..<1600 { try await writer.write(block) }
          try await writer.finish(nil)
        })
    case .slow:
      return Response(
        status: .ok,
        body: .init { writer in
          for _ in 0..<100 where !Task.isCancelled {
            try await writer.write(ByteBuffer(string: " "))
            try await Task.sleep(for: .milliseconds(200))
          }
          try await writer.finish(nil)
        })
    case .redirect: return Response(status: .found, headers: [.location: "/elsewhere"])
    case .missing: return Response(status: .notFound)
    case .ill: return Response(status: .internalServerError)
    }
  }
}
