import FoundationEssentials
import Letters
import Subprocess
import SystemPackage
import Testing

/// A letter as Python's mail parser understands it.
struct ReadLetter: Decodable {
  struct Box: Decodable, Equatable {
    let name: String
    let address: String
  }
  struct Part: Decodable, Equatable {
    let type: String
    let charset: String
    let text: String
  }

  let from: Box
  let to: Box
  let subject: String
  let messageID: String
  let autoSubmitted: String
  let language: String
  let epoch: Int
  let type: String
  let fields: [String]
  let parts: [Part]
  let defects: [String]

  /// Reads the letter.
  init(_ letter: Letter) async throws {
    let result = try await run(
      .path("/usr/bin/python3"), arguments: ["\(projectFolder)/Tests/read-letter.py"],
      input: .array(letter.data), output: .string(limit: 1 << 24),
      error: .combinedWithOutput)
    try #require(result.terminationStatus.isSuccess, "\(result.standardOutput)")
    self = try JSONDecoder().decode(Self.self, from: Data(result.standardOutput.utf8))
  }
}

/// The project's folder.
let projectFolder = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3)
  .joined(separator: "/")

/// What every letter keeps on the wire: ASCII, CRLF, lines of at most `limit` bytes.
func checkWire(
  _ letter: Letter, limit: Int = 78, sourceLocation: SourceLocation = #_sourceLocation
) {
  let text = String(decoding: letter.data, as: UTF8.self)
  #expect(letter.data.allSatisfy { $0 < 0x80 && $0 != 0 }, sourceLocation: sourceLocation)
  #expect(text.hasSuffix("\r\n"), sourceLocation: sourceLocation)
  let lines = text.split(separator: "\r\n", omittingEmptySubsequences: false)
  #expect(
    lines.allSatisfy { !$0.utf8.contains(0x0d) && !$0.utf8.contains(0x0a) },
    sourceLocation: sourceLocation)
  let longest = lines.map(\.utf8.count).max() ?? 0
  #expect(longest <= limit, sourceLocation: sourceLocation)
  let blankFolds = lines.filter { $0.first == " " && $0.allSatisfy(\.isWhitespace) }
  #expect(blankFolds.isEmpty, sourceLocation: sourceLocation)
}
