/// Writes the small JSON documents that are kept with a decision: compact, and the same for the
/// same values.
struct StoredJSONWriter {
  /// What was written so far.
  private(set) var text = ""
  private var needsComma = false

  /// Begins a document.
  init() {
    text.reserveCapacity(1_024)
  }

  /// Opens an object or an array.
  mutating func open(_ sign: Unicode.Scalar) {
    separate()
    text.unicodeScalars.append(sign)
    needsComma = false
  }

  /// Closes it.
  mutating func close(_ sign: Unicode.Scalar) {
    text.unicodeScalars.append(sign)
    needsComma = true
  }

  /// The name of an object's member; its value comes next.
  mutating func name(_ name: String) {
    write(name)
    text += ":"
    needsComma = false
  }

  mutating func write(_ flag: Bool) {
    separate()
    text += flag ? "true" : "false"
  }

  /// A number that is finite, by the fewest digits that tell it from all others.
  mutating func write(_ number: Double) {
    separate()
    if let whole = Int(exactly: number), abs(number) < 1e15 {
      text += String(whole)
    } else {
      text += number.description
    }
  }

  mutating func write(_ value: String) {
    separate()
    text += "\""
    let isPlain = value.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x22 && $0 != 0x5C }
    if isPlain {
      text += value
    } else {
      for scalar in value.unicodeScalars { text += Self.escape(scalar) }
    }
    text += "\""
  }

  private mutating func separate() {
    if needsComma { text += "," }
    needsComma = true
  }

  private static func escape(_ scalar: Unicode.Scalar) -> String {
    switch scalar {
    case "\"": return "\\\""
    case "\\": return "\\\\"
    case "\u{00}"..."\u{1F}":
      let digits = String(scalar.value, radix: 16)
      return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
    default: return String(scalar)
    }
  }
}
