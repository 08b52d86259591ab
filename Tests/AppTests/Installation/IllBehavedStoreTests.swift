import Domain
import FoundationEssentials
import Hummingbird
import Ledger
import Logging
import NIOConcurrencyHelpers
import NIOCore
import Postgres
import ServiceLifecycle
import Testing

/// Stores that answer the call-back of a registration with what no store answers.
@Suite(.timeLimit(.minutes(3))) struct IllBehavedStoreTests {
  /// What such a store does.
  enum Manner: String, CaseIterable {
    /// Sends Laurel elsewhere.
    case redirects
    /// Answers with 100 MB.
    case floods
    /// Goes on answering, a byte at a time.
    case drips
    /// Takes the request and says nothing.
    case isSilent
    /// Answers with a page.
    case isNoStore
    /// Names an App without an identifier.
    case namesNobody

    /// How the call is counted.
    var outcome: String {
      switch self {
      case .redirects, .isNoStore: "unexpected_answer"
      case .floods: "answer_too_large"
      case .drips, .isSilent: "unreachable"
      case .namesNobody: "ok"
      }
    }
  }

  private static let flood = 100 << 20

  @Test(arguments: Manner.allCases) func itIsRefusedSoonAndInLittleMemory(
    manner: Manner
  ) async throws {
    let calls = NIOLockedValueBox(0)
    try await withStore(manner, calls: calls) { port in
      try await TestShop.open(environment: [
        "LAUREL_PUBLIC_URL": InstallingShop.publicURL,
        "LAUREL_ALLOWED_STORES": "http://127.0.0.1:\(port)",
        "LAUREL_SECRET_KEY": InstallingShop.secretKey,
      ]) { shop in
        let start = ContinuousClock.now
        let answer = try await InstallingShop.register(
          #"{"auth_token": "abc"}"#, apiURL: "http://127.0.0.1:\(port)/graphql/", at: shop)
        #expect(answer.status == (manner == .namesNobody ? 403 : 502))
        #expect(start.duration(to: .now) < .seconds(15))
        #expect(try #require(answer.message).count <= 250)
        let outcome = ["operation": "App", "outcome": manner.outcome]
        #expect(
          try await Scrape(shop).value("laurel_store_call_duration_seconds_count", outcome) == 1)
        #expect(try await InstallationRepository(shop.pool).all().isEmpty)
        #expect(try await StoreRepository(shop.pool).all().count == 1)
      }
    }
    #expect(calls.withLockedValue { $0 } == 1, "no redirect is followed, nothing is sent again")
  }

  /// Serves such a store for the time of `body`, which takes its port.
  private func withStore(
    _ manner: Manner, calls: NIOLockedValueBox<Int>,
    _ body: (Int) async throws -> Void
  ) async throws {
    let router = Router()
    router.on("**", method: .get) { _, _ in
      calls.withLockedValue { $0 += 1 }
      return Response(status: .ok)
    }
    router.post("graphql") { _, _ in
      calls.withLockedValue { $0 += 1 }
      return Self.response(manner)
    }
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
    let result = await Swift.Result { try await body(port) }
    await group.triggerGracefulShutdown()
    try? await runs
    try result.get()
  }

  private static func response(_ manner: Manner) -> Response {
    let json: HTTPFields = [.contentType: "application/json"]
    switch manner {
    case .redirects:
      return Response(status: .temporaryRedirect, headers: [.location: "/elsewhere"])
    case .floods:
      return Response(
        status: .ok, headers: json,
        body: .init { writer in
          let chunk = ByteBuffer(repeating: UInt8(ascii: " "), count: 1 << 16)
          for _ in 0..<(flood >> 16) {
            try await writer.write(chunk)
          }
          try await writer.finish(nil)
        })
    case .drips:
      return Response(
        status: .ok, headers: json,
        body: .init { writer in
          for _ in 0..<300 {
            try await writer.write(ByteBuffer(string: " "))
            try await Task.sleep(for: .milliseconds(100))
          }
          try await writer.finish(nil)
        })
    case .isSilent:
      return Response(
        status: .ok, headers: json,
        body: .init { writer in
          try await Task.sleep(for: .seconds(30))
          try await writer.finish(nil)
        })
    case .isNoStore:
      return Response(
        status: .ok, headers: [.contentType: "text/html"],
        body: .init(byteBuffer: ByteBuffer(string: "<html></html>")))
    case .namesNobody:
      let answer = #"{"data": {"app": {"id": "x", "identifier": null, "isActive": true}}}"#
      return Response(
        status: .ok, headers: json, body: .init(byteBuffer: ByteBuffer(string: answer)))
    }
  }
}
