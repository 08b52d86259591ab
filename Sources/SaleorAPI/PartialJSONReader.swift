/// Reads JSON from UTF-8 from start to end, once, and makes values of what is kept only. Nesting is
/// limited, so that no input can exhaust the stack.
struct PartialJSONReader {
  /// How many objects and arrays may stand inside each other; the store's queries nest about ten.
  static let maximumDepth = 128

  private let bytes: [UInt8]
  private var index = 0
  private var depth = 0

  /// A reader at the start of `bytes`.
  init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// The one value that the text consists of.
  /// - Throws: `PartialJSONError`.
  mutating func document() throws(PartialJSONError) -> PartialJSON {
    let value = try value()
    skipSpace()
    guard index == bytes.count else { throw PartialJSONError() }
    return value
  }

  private var current: UInt8? { index < bytes.count ? bytes[index] : nil }

  private mutating func skipSpace() {
    while let byte = current, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 {
      index += 1
    }
  }

  private mutating func take(_ character: Unicode.Scalar) -> Bool {
    guard let byte = current, UInt32(byte) == character.value else { return false }
    index += 1
    return true
  }

  private mutating func expect(_ character: Unicode.Scalar) throws(PartialJSONError) {
    guard take(character) else { throw PartialJSONError() }
  }

  private mutating func enter() throws(PartialJSONError) {
    index += 1
    depth += 1
    guard depth <= Self.maximumDepth else { throw PartialJSONError() }
    skipSpace()
  }

  // MARK: What is kept

  private mutating func value() throws(PartialJSONError) -> PartialJSON {
    skipSpace()
    switch current {
    case UInt8(ascii: "{"): return .object(try object())
    case UInt8(ascii: "["): return .array(try array())
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t"):
      try skipWord("true")
      return .bool(true)
    case UInt8(ascii: "f"):
      try skipWord("false")
      return .bool(false)
    case UInt8(ascii: "n"):
      try skipWord("null")
      return .null
    default:
      try skipNumber()
      return .number
    }
  }

  private mutating func object() throws(PartialJSONError) -> [PartialJSON.Member] {
    try enter()
    defer { depth -= 1 }
    var members: [PartialJSON.Member] = []
    if take("}") { return members }
    repeat {
      skipSpace()
      let name = PartialJSON.Name(try string())
      skipSpace()
      try expect(":")
      if let name {
        members.append(PartialJSON.Member(name: name, value: try value()))
      } else {
        try skipValue()
      }
      skipSpace()
    } while take(",")
    try expect("}")
    return members
  }

  private mutating func array() throws(PartialJSONError) -> [PartialJSON] {
    try enter()
    defer { depth -= 1 }
    var elements: [PartialJSON] = []
    if take("]") { return elements }
    repeat {
      elements.append(try value())
      skipSpace()
    } while take(",")
    try expect("]")
    return elements
  }

  private mutating func string() throws(PartialJSONError) -> PartialJSON.Text {
    let start = index + 1
    let hasEscapes = try skipString()
    return PartialJSON.Text(bytes: bytes[start..<index - 1], hasEscapes: hasEscapes)
  }

  // MARK: What is looked over

  private mutating func skipValue() throws(PartialJSONError) {
    skipSpace()
    switch current {
    case UInt8(ascii: "{"):
      try enter()
      if !take("}") {
        repeat {
          skipSpace()
          _ = try skipString()
          skipSpace()
          try expect(":")
          try skipValue()
          skipSpace()
        } while take(",")
        try expect("}")
      }
      depth -= 1
    case UInt8(ascii: "["):
      try enter()
      if !take("]") {
        repeat {
          try skipValue()
          skipSpace()
        } while take(",")
        try expect("]")
      }
      depth -= 1
    case UInt8(ascii: "\""): _ = try skipString()
    case UInt8(ascii: "t"): try skipWord("true")
    case UInt8(ascii: "f"): try skipWord("false")
    case UInt8(ascii: "n"): try skipWord("null")
    default: try skipNumber()
    }
  }

  /// Goes past a string; true when it has escapes.
  private mutating func skipString() throws(PartialJSONError) -> Bool {
    try expect("\"")
    var hasEscapes = false
    while true {
      index = Self.endOfPlainText(bytes.span, from: index)
      if take("\"") { return hasEscapes }
      try expect("\\")
      hasEscapes = true
      try skipEscape()
    }
  }

  /// Where a string's text stops being what it stands for. Most of a body is such text.
  private static func endOfPlainText(_ bytes: Span<UInt8>, from start: Int) -> Int {
    var end = start
    while end < bytes.count, bytes[end] != UInt8(ascii: "\""), bytes[end] != UInt8(ascii: "\\"),
      bytes[end] >= 0x20
    {
      end += 1
    }
    return end
  }

  private mutating func skipEscape() throws(PartialJSONError) {
    guard let escape = current else { throw PartialJSONError() }
    index += 1
    switch escape {
    case UInt8(ascii: "u"):
      for _ in 0..<4 {
        guard let digit = current, JSONEscapes.digit(digit) != nil else { throw PartialJSONError() }
        index += 1
      }
    default: guard JSONEscapes.single(escape) != nil else { throw PartialJSONError() }
    }
  }

  private mutating func skipWord(_ word: StaticString) throws(PartialJSONError) {
    for character in word.description.unicodeScalars { try expect(character) }
  }

  private mutating func skipDigits() throws(PartialJSONError) {
    let start = index
    while let byte = current, (0x30...0x39).contains(byte) { index += 1 }
    if index == start { throw PartialJSONError() }
  }

  private mutating func skipNumber() throws(PartialJSONError) {
    _ = take("-")
    if !take("0") { try skipDigits() }
    if take(".") { try skipDigits() }
    if take("e") || take("E") {
      if !take("+") { _ = take("-") }
      try skipDigits()
    }
  }
}
