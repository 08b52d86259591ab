/// The quoted-printable encoding (RFC 2045, section 6.7) of text.
enum QuotedPrintable {
  // The longest line, without its end.
  private static let lineLimit = 76

  /// Encodes text as UTF-8: lines of at most 76 bytes, every line end a CRLF, one at the end too.
  static func encode(_ text: String) -> String {
    var lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
    if lines.last?.isEmpty == true { lines.removeLast() }
    return lines.map { encode(line: $0) + "\r\n" }.joined()
  }

  private static func encode(line: Substring) -> String {
    var result = ""
    var column = 0
    let bytes = Array(line.utf8)
    for (index, byte) in bytes.enumerated() {
      let isLast = index == bytes.count - 1
      let token = token(byte, endsLine: isLast)
      // One place is kept for the = that continues the line.
      if column + token.utf8.count > (isLast ? lineLimit : lineLimit - 1) {
        result += "=\r\n"
        column = 0
      }
      result += token
      column += token.utf8.count
    }
    return result
  }

  private static func token(_ byte: UInt8, endsLine: Bool) -> String {
    let isSpace = byte == 0x20 || byte == 0x09
    if isSpace ? !endsLine : (0x21...0x7e).contains(byte) && byte != UInt8(ascii: "=") {
      return String(UnicodeScalar(byte))
    }
    let digits = String(byte, radix: 16, uppercase: true)
    return digits.utf8.count == 1 ? "=0\(digits)" : "=\(digits)"
  }
}
