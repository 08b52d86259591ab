/// Why a text is not JSON, and where.
package struct JSONParserError: Error, Sendable, Equatable {
  /// What was wrong.
  package let reason: String
  /// Where, in bytes from the start.
  package let offset: Int
}

/// Reads JSON (RFC 8259) from UTF-8. Nesting is limited, so that no input can exhaust the stack.
package struct JSONParser {
  /// How many objects and lists may stand inside each other.
  package static let maximumDepth = 128

  private let bytes: [UInt8]
  private var index = 0
  private var depth = 0

  private init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// Reads one document. Throws `JSONParserError` for anything that is not exactly that.
  package static func parse(_ bytes: [UInt8]) throws(JSONParserError) -> JSONValue {
    var parser = JSONParser(bytes)
    let value = try parser.value()
    parser.skipSpace()
    guard parser.index == bytes.count else { throw parser.failure("text after the document") }
    return value
  }

  /// Whether a text is a JSON number and nothing else.
  package static func isNumber(_ text: String) -> Bool {
    var parser = JSONParser(Array(text.utf8))
    return (try? parser.number()) == .number(text)
  }

  private func failure(_ reason: String) -> JSONParserError {
    JSONParserError(reason: reason, offset: index)
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

  private mutating func expect(_ character: Unicode.Scalar) throws(JSONParserError) {
    skipSpace()
    guard take(character) else { throw failure("expected \(character)") }
  }

  private mutating func value() throws(JSONParserError) -> JSONValue {
    skipSpace()
    switch current {
    case UInt8(ascii: "{"): return try object()
    case UInt8(ascii: "["): return try array()
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t"): return try word("true", .bool(true))
    case UInt8(ascii: "f"): return try word("false", .bool(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    default: return try number()
    }
  }

  private mutating func word(
    _ word: StaticString, _ value: JSONValue
  ) throws(JSONParserError) -> JSONValue {
    for character in word.description.unicodeScalars {
      guard take(character) else { throw failure("unknown word") }
    }
    return value
  }

  private mutating func enter() throws(JSONParserError) {
    index += 1
    depth += 1
    guard depth <= Self.maximumDepth else { throw failure("nested too deeply") }
    skipSpace()
  }

  private mutating func object() throws(JSONParserError) -> JSONValue {
    try enter()
    defer { depth -= 1 }
    var object = JSONObject()
    if take("}") { return .object(object) }
    repeat {
      skipSpace()
      guard current == UInt8(ascii: "\"") else { throw failure("expected a name") }
      let name = try string()
      try expect(":")
      object[name] = try value()
      skipSpace()
    } while take(",")
    try expect("}")
    return .object(object)
  }

  private mutating func array() throws(JSONParserError) -> JSONValue {
    try enter()
    defer { depth -= 1 }
    var elements: [JSONValue] = []
    if take("]") { return .array(elements) }
    repeat {
      elements.append(try value())
      skipSpace()
    } while take(",")
    try expect("]")
    return .array(elements)
  }

  private mutating func digits() throws(JSONParserError) {
    let start = index
    while let byte = current, (0x30...0x39).contains(byte) { index += 1 }
    if index == start { throw failure("expected a digit") }
  }

  private mutating func number() throws(JSONParserError) -> JSONValue {
    let start = index
    _ = take("-")
    if !take("0") { try digits() }
    if take(".") { try digits() }
    if take("e") || take("E") {
      if !take("+") { _ = take("-") }
      try digits()
    }
    return .number(String(decoding: bytes[start..<index], as: UTF8.self))
  }

  private mutating func string() throws(JSONParserError) -> String {
    index += 1
    var text: [UInt8] = []
    while let byte = current {
      index += 1
      switch byte {
      case UInt8(ascii: "\""):
        guard let string = String(validating: text, as: UTF8.self) else {
          throw failure("not UTF-8")
        }
        return string
      case UInt8(ascii: "\\"): text.append(contentsOf: try escape())
      case 0..<0x20: throw failure("control character in a string")
      default: text.append(byte)
      }
    }
    throw failure("unfinished string")
  }

  private mutating func escape() throws(JSONParserError) -> [UInt8] {
    guard let byte = current else { throw failure("unfinished string") }
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
        throw failure("half a surrogate pair")
      }
      return Array(text.utf8)
    default: throw failure("unknown escape")
    }
  }

  private mutating func codeUnit() throws(JSONParserError) -> UInt16 {
    let digits = String(decoding: bytes[index...].prefix(4), as: UTF8.self)
    guard digits.utf8.count == 4, digits.allSatisfy(\.isHexDigit),
      let unit = UInt16(digits, radix: 16)
    else { throw failure("expected four hexadecimal digits") }
    index += 4
    return unit
  }
}
