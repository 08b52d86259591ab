import NIOCore

/// Reads the answers of one connection: the status, and the word that Laurel's body says. It knows as
/// much of HTTP as that takes; an answer needs a Content-Length.
struct AnswerReader {
  /// What came is no answer that can be read.
  struct Unreadable: Error {}

  private static let lengthName = Array("content-length:".utf8)
  private static let accepted = Array("\"accepted\"".utf8)
  private static let duplicate = Array("\"duplicate\"".utf8)
  /// A head that is longer is none.
  private static let maximumHead = 16_384

  private var received = ByteBuffer()

  /// Takes what came; gives the answer once it is complete.
  /// - Throws: `Unreadable`.
  mutating func read(_ part: ByteBuffer) throws(Unreadable) -> LoadAnswer? {
    if received.readableBytes == 0 {
      received = part
    } else {
      received.writeImmutableBuffer(part)
    }
    guard let answer = try Self.answer(received.readableBytesUInt8Span) else { return nil }
    received = ByteBuffer()
    return answer
  }

  private static func answer(_ bytes: Span<UInt8>) throws(Unreadable) -> LoadAnswer? {
    guard let body = try bodyStart(bytes) else { return nil }
    guard let length = contentLength(bytes.extracting(..<body)) else { throw Unreadable() }
    guard bytes.count >= body + length else { return nil }
    // "HTTP/1.1 200"
    let status = (9..<12).reduce(0) { $0 * 10 + Int(bytes[$1]) - 48 }
    switch status {
    case 200:
      let content = bytes.extracting(body..<body + length)
      if contains(accepted, content) { return .accepted }
      return contains(duplicate, content) ? .duplicate : .done
    case 503: return .unavailable
    default: return .refused
    }
  }

  /// Where the empty line ends.
  private static func bodyStart(_ bytes: Span<UInt8>) throws(Unreadable) -> Int? {
    var index = 15
    while index < bytes.count {
      if bytes[index] == 0x0A, bytes[index - 1] == 0x0D, bytes[index - 2] == 0x0A {
        return index + 1
      }
      index += 1
    }
    if bytes.count > maximumHead { throw Unreadable() }
    return nil
  }

  private static func contentLength(_ head: Span<UInt8>) -> Int? {
    var index = 0
    while index + lengthName.count < head.count {
      defer { index += 1 }
      guard head[index] == 0x0A else { continue }
      // Letters in either case; the hyphen and the colon have the bit that tells them apart.
      guard lengthName.indices.allSatisfy({ head[index + 1 + $0] | 0x20 == lengthName[$0] })
      else { continue }
      var place = index + 1 + lengthName.count
      var length = 0
      while place < head.count, head[place] == 0x20 { place += 1 }
      while place < head.count, (48...57).contains(head[place]), length < 1 << 20 {
        length = length * 10 + Int(head[place]) - 48
        place += 1
      }
      return length
    }
    return nil
  }

  private static func contains(_ word: [UInt8], _ bytes: Span<UInt8>) -> Bool {
    var start = 0
    while start + word.count <= bytes.count {
      if word.indices.allSatisfy({ bytes[start + $0] == word[$0] }) { return true }
      start += 1
    }
    return false
  }
}
