/// Reads JSON from UTF-8 from start to end, once. Nesting is limited, so that no input can exhaust
/// the stack.
struct StrictJSONReader {
  /// How many objects and arrays may stand inside each other; a key set needs four.
  static let maximumDepth = 8

  private let bytes: [UInt8]
  private var index = 0
  private var depth = 0

  /// A reader at the start of `bytes`.
  init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// The one value that the text consists of.
  /// - Throws: `StrictJSONError`.
  mutating func document() throws(StrictJSONError) -> StrictJSON {
    let value = try value()
    skipSpace()
    guard index == bytes.count else { throw StrictJSONError(reason: "text after the value") }
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

  private mutating func expect(_ character: Unicode.Scalar) throws(StrictJSONError) {
    skipSpace()
    guard take(character) else { throw StrictJSONError(reason: "\(character) is missing") }
  }

  private mutating func value() throws(StrictJSONError) -> StrictJSON {
    skipSpace()
    switch current {
    case UInt8(ascii: "{"): return .object(try object())
    case UInt8(ascii: "["): return .array(try array())
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t"): return try word("true", .bool(true))
    case UInt8(ascii: "f"): return try word("false", .bool(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    default: return try number()
    }
  }

  private mutating func word(
    _ word: String, _ value: StrictJSON
  ) throws(StrictJSONError) -> StrictJSON {
    for character in word.unicodeScalars {
      guard take(character) else { throw StrictJSONError(reason: "an unknown word") }
    }
    return value
  }

  private mutating func enter() throws(StrictJSONError) {
    index += 1
    depth += 1
    guard depth <= Self.maximumDepth else { throw StrictJSONError(reason: "nested too deeply") }
    skipSpace()
  }

  private mutating func object() throws(StrictJSONError) -> [String: StrictJSON] {
    try enter()
    defer { depth -= 1 }
    var members: [String: StrictJSON] = [:]
    if take("}") { return members }
    repeat {
      skipSpace()
      guard current == UInt8(ascii: "\"") else {
        throw StrictJSONError(reason: "a member's name is missing")
      }
      let name = try string()
      try expect(":")
      guard members.updateValue(try value(), forKey: name) == nil else {
        throw StrictJSONError(reason: "two members have the same name")
      }
      skipSpace()
    } while take(",")
    try expect("}")
    return members
  }

  private mutating func array() throws(StrictJSONError) -> [StrictJSON] {
    try enter()
    defer { depth -= 1 }
    var elements: [StrictJSON] = []
    if take("]") { return elements }
    repeat {
      elements.append(try value())
      skipSpace()
    } while take(",")
    try expect("]")
    return elements
  }

  private mutating func digits() throws(StrictJSONError) {
    let start = index
    while let byte = current, (0x30...0x39).contains(byte) { index += 1 }
    if index == start { throw StrictJSONError(reason: "a value is missing") }
  }

  private mutating func number() throws(StrictJSONError) -> StrictJSON {
    _ = take("-")
    if !take("0") { try digits() }
    if take(".") { try digits() }
    if take("e") || take("E") {
      if !take("+") { _ = take("-") }
      try digits()
    }
    return .number
  }

  private mutating func string() throws(StrictJSONError) -> String {
    index += 1
    var text: [UInt8] = []
    while let byte = current {
      index += 1
      switch byte {
      case UInt8(ascii: "\""):
        guard let string = String(validating: text, as: UTF8.self) else {
          throw StrictJSONError(reason: "a string is not UTF-8")
        }
        return string
      case UInt8(ascii: "\\"): text.append(contentsOf: try escape())
      case 0..<0x20: throw StrictJSONError(reason: "a control character in a string")
      default: text.append(byte)
      }
    }
    throw StrictJSONError(reason: "a string has no end")
  }

  private mutating func escape() throws(StrictJSONError) -> [UInt8] {
    guard let byte = current else { throw StrictJSONError(reason: "a string has no end") }
    index += 1
    switch byte {
    case UInt8(ascii: "n"): return [0x0A]
    case UInt8(ascii: "t"): return [0x09]
    case UInt8(ascii: "r"): return [0x0D]
    case UInt8(ascii: "b"): return [0x08]
    case UInt8(ascii: "f"): return [0x0C]
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return [byte]
    case UInt8(ascii: "u"):
      var units = [try codeUnit()]
      if UTF16.isLeadSurrogate(units[0]), take("\\"), take("u") { units.append(try codeUnit()) }
      guard let text = String(validating: units, as: UTF16.self) else {
        throw StrictJSONError(reason: "half a surrogate pair")
      }
      return Array(text.utf8)
    default: throw StrictJSONError(reason: "an unknown escape")
    }
  }

  private mutating func codeUnit() throws(StrictJSONError) -> UInt16 {
    let digits = String(decoding: bytes[index...].prefix(4), as: UTF8.self)
    guard digits.utf8.count == 4, let pair = Hex.decode(digits) else {
      throw StrictJSONError(reason: "four hexadecimal digits are missing")
    }
    index += 4
    return UInt16(pair[0]) << 8 | UInt16(pair[1])
  }
}
