import FoundationEssentials
import Testing

@testable import Sandbox

/// The JSON reader and writer.
@Suite struct JSONTests {
  @Test(arguments: [
    "0012", "1.", ".5", "+1", "1e", "-", "{\"a\" 1}", "[1,]", "{,}", "\"\u{0}\"",
    "\"\\x\"", "\"\\u12\"", "\"\\u+123\"", "\"\\ud83d\"", "nul", "", "1 2", "\"abc", "{\"a\":1",
  ])
  func whatIsNotJSONIsRefused(_ text: String) {
    #expect(throws: JSONParserError.self) { try JSONParser.parse(Array(text.utf8)) }
  }

  @Test func textThatIsNotUTF8IsRefused() {
    #expect(throws: JSONParserError.self) { try JSONParser.parse([0x22, 0xFF, 0x22]) }
  }

  @Test func deepNestingIsRefusedAndNotFatal() {
    #expect(throws: JSONParserError.self) {
      try JSONParser.parse([UInt8](repeating: UInt8(ascii: "["), count: 1_000_000))
    }
  }

  @Test func numbersOrderAndEscapesAreKept() throws {
    let text =
      #"{"b":1.50,"a":[1e3,-0,true,null,"za\u017c\u00f3\u0142\u0107 \"x\" \ud83d\ude00\n"]}"#
    let value = try JSONParser.parse(Array(text.utf8))
    #expect(value["a"][4] == "zażółć \"x\" 😀\n")
    #expect(
      JSONPrinter.print(value) == #"{"b":1.50,"a":[1e3,-0,true,null,"zażółć \"x\" 😀\n"]}"#)
    #expect(
      JSONPrinter.print(value, .spaced)
        == text.replacing(",", with: ", ").replacing(":", with: ": "))
    #expect(
      JSONPrinter.print(["b": 1, "a": ["x", 2]], .spacedAndSorted) == #"{"a": ["x", 2], "b": 1}"#)
  }

  @Test(arguments: ["deliveries", "answers"])
  func everyRecordingIsReadAndWrittenBackByteForByte(_ folder: String) throws {
    let names = try Fixture.names(folder)
    var compared = 0
    for name in names where name.contains("--sub-hmac_") && name.hasSuffix(".body") {
      let bytes = try Fixture.bytes("\(folder)/\(name)")
      #expect(try JSONParser.parse(bytes).bytes(.spaced) == bytes, "\(name)")
      compared += 1
    }
    for name in names where name.hasSuffix(".json") {
      let body = try Recording(String(name.dropLast(5))).body
      guard body.hasPrefix("{") else { continue }
      #expect(JSONPrinter.print(try JSONParser.parse(Array(body.utf8))) == body, "\(name)")
      compared += 1
    }
    #expect(compared > 40)
  }

  @Test func amountsAndDatesAreWrittenAsTheStoreDoes() throws {
    #expect(JSONValue.amount(10) == .number("10.0"))
    #expect(JSONValue.amount(try #require(Decimal(string: "10.50"))) == .number("10.5"))
    #expect(JSONValue.amount(99_999_999_999_999) == .number("99999999999999.0"))
    #expect(JSONValue.amount(-40) == .number("-40.0"))
    let date = Date(timeIntervalSince1970: 1_795_248_387.463943)
    #expect(date.storeText == "2026-11-21T08:06:27.463943+00:00")
    #expect(Date(timeIntervalSince1970: 0).storeText == "1970-01-01T00:00:00.000000+00:00")
  }
}

extension Fixture {
  /// The files in a folder of `Fixtures`.
  static func names(_ folder: String) throws -> [String] {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    return try FileManager.default.contentsOfDirectory(
      atPath: root.appending(path: "Fixtures/\(folder)").path)
  }
}
