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

  /// What a line holds behind its time.
  private static func text(
    _ message: String, _ fields: Logger.Metadata, of logger: Logger.Metadata = [:]
  ) throws -> String {
    let lines = NIOLockedValueBox<[String]>([])
    var log = Logger(label: "test") { label in
      LineLogHandler(label: label, level: .info, format: .text) { line in
        lines.withLockedValue { $0.append(line) }
      }
    }
    for (key, value) in logger { log[metadataKey: key] = value }
    log.notice("\(message)", metadata: fields)
    let line = try #require(lines.withLockedValue { $0 }.first)
    let time = try #require(line.wholeMatch(of: /(\S+) (.*)\n/.dotMatchesNewlines()))
    #expect(time.1.wholeMatch(of: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/) != nil)
    return String(time.2)
  }

  @Test func valuesAreQuotedWhereTheyMustBe() throws {
    let values: [(value: String, text: String)] = [
      ("plain", "plain"), ("", #""""#), ("two words", #""two words""#), ("a=b", #""a=b""#),
      (#"""#, #""\"""#), (#"say "it" twice"#, #""say \"it\" twice""#), (#"a\b"#, #"a\b"#),
      ("a\u{0}b\r\nc\u{7F}", #""a b  c ""#), ("\t", #"" ""#), ("\u{1B}[31m", #"" [31m""#),
      ("Ж—€😀\u{85}\u{A0}é", "Ж—€😀\u{85}\u{A0}é"), ("Ж я", #""Ж я""#),
      ("http://127.0.0.1:8000/graphql/", "http://127.0.0.1:8000/graphql/"),
      ("T3JkZXI6MQ==", #""T3JkZXI6MQ==""#),
    ]
    for (value, text) in values {
      #expect(try Self.text("m", ["key": .string(value)]) == "notice m key=\(text)")
    }
    #expect(
      try Self.text("m", ["list": ["a", "b c"], "number": .stringConvertible(7)])
        == #"notice m list="[\"a\", \"b c\"]" number=7"#)
  }

  @Test func aMessageIsNeverQuotedAndFieldsAreSorted() throws {
    #expect(try Self.text("a \"b\" = c\nd\u{7F}é", [:]) == "notice a \"b\" = c d é")
    #expect(try Self.text("", [:]) == "notice ")
    #expect(
      try Self.text("m", ["b": "2", "a": "1"], of: ["c": "3", "b": "of the logger"])
        == "notice m a=1 b=2 c=3")
    #expect(try Self.text("m", [:], of: ["c": "3", "aa": "4"]) == "notice m aa=4 c=3")
  }

  @Test func timesAreWrittenAsFoundationWritesThem() {
    let style = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
    for number in 0..<2_000 {
      let time = Date(timeIntervalSince1970: 1_764_000_000.9 + Double(number) * 0.012_345_67)
      var line = LogLine()
      line.add(time)
      #expect(String(decoding: line.bytes, as: UTF8.self) == time.formatted(style))
    }
  }
}
