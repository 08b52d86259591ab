import FoundationEssentials
import HTTPTransport
import Hummingbird
import Logging
import NIOConcurrencyHelpers
import NIOCore
import ServiceLifecycle
import Testing

@testable import App

/// What `laurel doctor` says of the keys by which a store signs where no secret is set.
@Suite struct DoctorSigningKeyTests {
  /// What the doctor says of a store that answers for its keys like this.
  private static func finding(status: Int, body: [UInt8]) async throws -> Finding {
    let log = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    let port = NIOLockedValueBox<Int?>(nil)
    let router = Router()
    router.get(".well-known/jwks.json") { _, _ in
      Response(
        status: .init(code: status), body: .init(byteBuffer: ByteBuffer(bytes: body)))
    }
    let store = Application(
      router: router, configuration: .init(address: .hostname("127.0.0.1", port: 0)),
      onServerRunning: { channel in
        port.withLockedValue { $0 = channel.localAddress?.port }
      }, logger: log)
    let group = ServiceGroup(services: [store], logger: log)
    async let runs: Void = group.run()
    let deadline = ContinuousClock.now + .seconds(20)
    while port.withLockedValue({ $0 }) == nil, ContinuousClock.now < deadline {
      try await Task.sleep(for: .milliseconds(10))
    }
    let transport = try HTTPTransport()
    let mail = try MailTransport(maximumConnections: 1)
    let result = await Result {
      let number = try #require(port.withLockedValue { $0 })
      var configuration = try Configuration(
        environment: TestShop.environment(
          storeURL: "http://127.0.0.1:\(number)/graphql/", token: "token"))
      configuration.store?.webhookSecrets = []
      let doctor = Doctor(
        configuration: configuration, publicAddress: nil, pool: nil, ledgerFault: nil,
        store: try await CalledStore.find(configuration, named: nil, nil), storeFault: nil,
        transport: transport, mail: mail)
      let check = try #require(doctor.storeChecks.first { $0.name == "signing key" })
      return try #require(await check.result(within: .seconds(5)).findings.first)
    }
    await mail.shutdown()
    await transport.shutdown()
    await group.triggerGracefulShutdown()
    try await runs
    return try result.get()
  }

  @Test func theRecordedKeysAreFine() async throws {
    let keys = try #require(
      FileManager.default.contents(atPath: "\(Recording.root)/Fixtures/jwks.json"))
    #expect(try await Self.finding(status: 200, body: Array(keys)).state == .ok)
  }

  @Test(arguments: [
    (404, "", "HTTP 404"), (200, "<html>", "cannot be used"), (200, #"{"keys": []}"#, "no RSA key"),
    (200, String(repeating: " ", count: 100_000), "cannot be read"),
  ])
  func otherAnswersAreSaid(status: Int, body: String, sentence: String) async throws {
    let finding = try await Self.finding(status: status, body: Array(body.utf8))
    #expect(finding.state == .wrong)
    #expect(finding.sentence.contains(sentence), "\(finding.sentence)")
  }
}
