import FoundationEssentials

/// How text becomes the value of a header field: lines of at most 78 bytes where they can be folded
/// (RFC 5322, section 2.1.1), anything but plain ASCII in encoded words (RFC 2047).
enum HeaderText {
  /// Refuses what could end a header and begin another.
  /// - Throws: `LetterError` with `controlCharacter`; its message names the field only.
  static func check(_ value: String, field: String) throws(LetterError) {
    let isClean = value.unicodeScalars.allSatisfy { scalar in
      switch scalar.value {
      case 0x00...0x1f, 0x7f...0x9f, 0x2028, 0x2029: false
      default: true
      }
    }
    guard isClean else {
      throw LetterError(.controlCharacter, "the \(field) holds a control character")
    }
  }

  /// Whether this is printable ASCII with spaces.
  static func isPrintable(_ value: String) -> Bool {
    value.utf8.allSatisfy { (0x20...0x7e).contains($0) }
  }

  /// Whether this is `left@right` with both sides of plain words and single dots.
  static func isDotAtomPair(_ text: String) -> Bool {
    let sides = text.split(separator: "@", omittingEmptySubsequences: false)
    return sides.count == 2
      && sides.allSatisfy { side in
        let words = side.split(separator: ".", omittingEmptySubsequences: false)
        return words.allSatisfy { !$0.isEmpty && $0.utf8.allSatisfy(isAtomCharacter) }
      }
  }

  /// A header field with free text, folded. The text must have been checked.
  static func field(_ name: String, _ value: String) -> String {
    let start = name.utf8.count + 2
    let words = value.split(separator: " ", omittingEmptySubsequences: false)
    // Only single spaces inside the text are sure to survive folding.
    let isPlain =
      isPrintable(value) && !value.contains("=?")
      && words.allSatisfy { !$0.isEmpty && $0.utf8.count <= 78 - start }
    return "\(name): \(isPlain ? folded(words, after: start) : encoded(value, after: start))"
  }

  /// The text as encoded words (RFC 2047, section 2): each of at most 75 bytes and with whole
  /// characters only, one on a line.
  /// - Parameter column: how much of the first line is taken.
  static func encoded(_ value: String, after column: Int) -> String {
    var words: [String] = []
    var chunk: [UInt8] = []
    // =?UTF-8?B? and ?= are 12 bytes; the line with it has at most 76, and base64 makes 4 of 3.
    var room = (76 - column - 12) / 4 * 3
    for scalar in value.unicodeScalars {
      let bytes = Array(String(scalar).utf8)
      if chunk.count + bytes.count > room {
        words.append(encodedWord(chunk))
        chunk = []
        room = 45
      }
      chunk += bytes
    }
    words.append(encodedWord(chunk))
    return words.joined(separator: "\r\n ")
  }

  private static func encodedWord(_ bytes: [UInt8]) -> String {
    "=?UTF-8?B?\(Data(bytes).base64EncodedString())?="
  }

  private static func folded(_ words: [Substring], after column: Int) -> String {
    var result = ""
    var column = column
    for word in words {
      if !result.isEmpty {
        if column + 1 + word.utf8.count > 78 {
          result += "\r\n"
          column = 0
        }
        result += " "
        column += 1
      }
      result += word
      column += word.utf8.count
    }
    return result
  }

  private static func isAtomCharacter(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
      UInt8(ascii: "A")...UInt8(ascii: "Z"):
      true
    default: atomPunctuation.contains(byte)
    }
  }

  private static let atomPunctuation = Set("!#$%&'*+-/=?^_`{|}~".utf8)
}
