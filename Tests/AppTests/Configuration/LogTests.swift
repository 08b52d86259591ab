import Domain
import FoundationEssentials
import Logging
import NIOConcurrencyHelpers
import Sandbox
import Testing

@testable import App

@Suite struct LogTests {
  @Test func noSecretTokenCodeOrAddressIsLogged() async throws {
    try await TestShop.open { shop async throws in
      try await shop.issueAlicesCode()
      let friend = DecisionTests.paid(1, email: "secret.friend@example.com")
      let own = DecisionTests.paid(2, email: "alice@example.com")
      await shop.sandbox.inject(
        [.internalErrorAfterSave, .permissionDenied, .httpStatus(500)], on: "giftCardCreate")
      for order in [friend, own] {
        await shop.sandbox.put(order)
        _ = try await shop.deliver(shop.body(.orderFullyPaid, order))
      }
      _ = try await shop.deliver([1, 2, 3], signature: "wrong")
      _ = try await shop.issueCode("{}", key: "wrong-admin-key")
      try await shop.settle()
      let log = shop.logLines.withLockedValue { $0.joined() }
      let card = try #require(await shop.sandbox.cards.first)
      for secret in [
        card.code, await shop.sandbox.app.token, TestShop.webhookSecret, TestShop.adminKey,
        "wrong-admin-key", "secret.friend", "alice@example.com",
        Data(repeating: 7, count: 32).base64EncodedString(),
      ] {
        #expect(!log.contains(secret), "\(secret)")
      }
      #expect(log.contains("reward issued"))
    }
  }

  @Test(arguments: [Configuration.LogFormat.text, .json])
  func anEventIsOneLineWhateverStandsInIt(format: Configuration.LogFormat) throws {
    let lines = NIOLockedValueBox<[String]>([])
    let log = Logger(label: "test") { label in
      LineLogHandler(label: label, level: .info, format: format) { line in
        lines.withLockedValue { $0.append(line) }
      }
    }
    log.info("a\nb", metadata: ["key": "c\r\nlevel=error \"d\" \u{1B}[31m"])
    let line = try #require(lines.withLockedValue { $0 }.first)
    #expect(line.hasSuffix("\n"))
    #expect(line.unicodeScalars.count { $0.value < 0x20 } == 1)
    if format == .json {
      let fields = try JSONDecoder().decode([String: String].self, from: Data(line.utf8))
      #expect(fields["message"] == "a\nb")
      #expect(fields["key"] == "c\r\nlevel=error \"d\" \u{1B}[31m")
    }
  }
}
