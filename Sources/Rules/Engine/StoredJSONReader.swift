/// Reads the small JSON documents (RFC 8259) that are kept with a decision, a value at a time and
/// without a tree of them: a backtest reads a million.
struct StoredJSONReader {
  private let bytes: [UInt8]
  private var position = 0

  /// Begins with a text.
  init(_ text: String) {
    bytes = Array(text.utf8)
  }

  /// How deep a value that is passed over can be nested.
  private static let deepest = 20

  /// The next byte that is not white space; `nil` at the end.
  mutating func peek() -> UInt8? {
    while position < bytes.count {
      switch bytes[position] {
      case 0x20, 0x09, 0x0A, 0x0D: position += 1
      default: return bytes[position]
      }
    }
    return nil
  }

  /// Steps over a sign if it comes next.
  mutating func accept(_ sign: Unicode.Scalar) -> Bool {
    guard peek() == UInt8(ascii: sign) else { return false }
    position += 1
    return true
  }

  /// Steps over a sign.
  mutating func expect(_ sign: Unicode.Scalar) throws(StoredJSONError) {
    guard accept(sign) else { throw fault("`\(sign)` is missing") }
  }

  /// Goes through an object; `member` reads the value of each name.
  mutating func object(
    _ member: (inout StoredJSONReader, String) throws(StoredJSONError) -> Void
  ) throws(StoredJSONError) {
    try expect("{")
    if accept("}") { return }
    repeat {
      let name = try string()
      try expect(":")
      try member(&self, name)
    } while accept(",")
    try expect("}")
  }

  /// Goes through an array; `element` reads each of its values.
  mutating func array(
    _ element: (inout StoredJSONReader) throws(StoredJSONError) -> Void
  ) throws(StoredJSONError) {
    try expect("[")
    if accept("]") { return }
    repeat { try element(&self) } while accept(",")
    try expect("]")
  }

  /// Nothing but white space may come.
  mutating func end() throws(StoredJSONError) {
    guard peek() == nil else { throw fault("there is something behind the document") }
  }

  /// A text.
  mutating func string() throws(StoredJSONError) -> String {
    try expect("\"")
    let start = position
    while position < bytes.count {
      switch bytes[position] {
      case UInt8(ascii: "\""):
        defer { position += 1 }
        return try text(bytes[start..<position])
      case UInt8(ascii: "\\"): return try escaped(bytes[start..<position])
      case 0..<0x20: throw fault("a text has a control character")
      default: position += 1
      }
    }
    throw fault("a text is not closed")
  }

  /// A number.
  mutating func number() throws(StoredJSONError) -> Double {
    _ = peek()
    let start = position
    let isNegative = step(over: UInt8(ascii: "-"))
    var digits = Digits()
    take(&digits)
    guard digits.count > 0, digits.count == 1 || !digits.beginsWithZero else {
      throw fault("a value is missing")
    }
    let whole = digits.count
    if step(over: UInt8(ascii: ".")) {
      take(&digits)
      guard digits.count > whole else { throw fault("a number has no digit behind its point") }
    }
    let fraction = digits.count - whole
    var hasExponent = false
    if step(over: UInt8(ascii: "e")) || step(over: UInt8(ascii: "E")) {
      hasExponent = true
      if !step(over: UInt8(ascii: "+")) { _ = step(over: UInt8(ascii: "-")) }
      var exponent = Digits()
      take(&exponent)
      guard exponent.count > 0 else { throw fault("a number has no digit in its exponent") }
    }
    // Both are exact up to 15 digits, so that one division rounds as reading the text would.
    if !hasExponent, digits.count <= 15 {
      let value = Double(digits.value) / Self.powers[fraction]
      return isNegative ? -value : value
    }
    guard let number = Double(String(decoding: bytes[start..<position], as: UTF8.self)),
      number.isFinite
    else { throw fault("a number is too large") }
    return number
  }

  /// A word such as `true`.
  mutating func word(_ word: StaticString, else message: String) throws(StoredJSONError) {
    _ = peek()
    for byte in word.description.utf8 {
      guard step(over: byte) else { throw fault(message) }
    }
  }

  /// Steps over any value.
  mutating func skip(depth: Int = 0) throws(StoredJSONError) {
    guard depth < Self.deepest else { throw fault("it is nested too deeply") }
    switch peek() {
    case UInt8(ascii: "\""): _ = try string()
    case UInt8(ascii: "{"):
      try object { (reader, _) throws(StoredJSONError) in try reader.skip(depth: depth + 1) }
    case UInt8(ascii: "["):
      try array { (reader) throws(StoredJSONError) in try reader.skip(depth: depth + 1) }
    case UInt8(ascii: "t"): try word("true", else: "a value is missing")
    case UInt8(ascii: "f"): try word("false", else: "a value is missing")
    case UInt8(ascii: "n"): try word("null", else: "a value is missing")
    default: _ = try number()
    }
  }

  /// What is wrong here.
  func fault(_ message: String) -> StoredJSONError {
    StoredJSONError(message: message, offset: position)
  }

  private mutating func step(over byte: UInt8) -> Bool {
    guard position < bytes.count, bytes[position] == byte else { return false }
    position += 1
    return true
  }

  /// Digits that were read, and their value as long as there are at most 15.
  private struct Digits {
    var count = 0
    var value = 0
    var beginsWithZero = false
  }

  /// 1, 10, 100 and so on.
  private static let powers: [Double] = (0..<15).reduce(into: [1]) { powers, _ in
    powers.append((powers.last ?? 1) * 10)
  }

  private mutating func take(_ digits: inout Digits) {
    while position < bytes.count, (0x30...0x39).contains(bytes[position]) {
      let digit = bytes[position] & 0x0F
      if digits.count == 0 { digits.beginsWithZero = digit == 0 }
      if digits.count < 15 { digits.value = digits.value * 10 + Int(digit) }
      digits.count += 1
      position += 1
    }
  }

  private func text(_ slice: some Collection<UInt8>) throws(StoredJSONError) -> String {
    guard let text = String(validating: slice, as: UTF8.self) else {
      throw fault("a text is not UTF-8")
    }
    return text
  }

  /// The rest of a text in which something is escaped.
  private mutating func escaped(_ begun: ArraySlice<UInt8>) throws(StoredJSONError) -> String {
    var out = Array(begun)
    while position < bytes.count {
      let byte = bytes[position]
      position += 1
      switch byte {
      case UInt8(ascii: "\""): return try text(out)
      case UInt8(ascii: "\\"): out.append(contentsOf: String(try escape()).utf8)
      case 0..<0x20: throw fault("a text has a control character")
      default: out.append(byte)
      }
    }
    throw fault("a text is not closed")
  }

  private mutating func escape() throws(StoredJSONError) -> Unicode.Scalar {
    let letter = position < bytes.count ? bytes[position] : 0
    position += 1
    switch letter {
    case UInt8(ascii: "\""): return "\""
    case UInt8(ascii: "\\"): return "\\"
    case UInt8(ascii: "/"): return "/"
    case UInt8(ascii: "b"): return "\u{08}"
    case UInt8(ascii: "f"): return "\u{0C}"
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "u"): break
    default: throw fault("an escape is unknown")
    }
    let unit = try hexadecimal()
    guard UTF16.isLeadSurrogate(unit) else {
      guard let scalar = Unicode.Scalar(unit) else { throw fault("half a character stands alone") }
      return scalar
    }
    guard step(over: UInt8(ascii: "\\")), step(over: UInt8(ascii: "u")) else {
      throw fault("half a character stands alone")
    }
    let trail = try hexadecimal()
    guard UTF16.isTrailSurrogate(trail) else { throw fault("half a character stands alone") }
    return UTF16.decode(UTF16.EncodedScalar([unit, trail]))
  }

  private mutating func hexadecimal() throws(StoredJSONError) -> UInt16 {
    let digits = bytes.dropFirst(position).prefix(4)
    guard digits.count == 4, digits.first != UInt8(ascii: "+"),
      let unit = UInt16(String(decoding: digits, as: UTF8.self), radix: 16)
    else { throw fault("an escape has no four hexadecimal digits") }
    position += 4
    return unit
  }
}

/// Kept facts or outcomes that cannot be read. Reading again does not help.
package struct StoredJSONError: Error, Sendable, Equatable, CustomStringConvertible {
  /// What is wrong; it shows nothing of the values.
  package let message: String
  /// Where, in bytes from 0.
  package let offset: Int

  /// Reading the same again gives the same.
  package var isRetryable: Bool { false }

  package var description: String { "\(message) (at byte \(offset))" }
}
