import Letters
import Testing

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
