/// Writes the small JSON documents that are kept with a decision: compact, and the same for the
/// same values.
struct StoredJSONWriter {
  private var bytes: [UInt8] = []
  private var needsComma = false

  /// Begins a document.
  init() {
    bytes.reserveCapacity(2_048)
  }

  /// What was written so far.
  var text: String { String(decoding: bytes, as: UTF8.self) }

  /// Opens an object or an array.
  mutating func open(_ sign: Unicode.Scalar) {
    separate()
    bytes.append(UInt8(ascii: sign))
    needsComma = false
  }

  /// Closes it.
  mutating func close(_ sign: Unicode.Scalar) {
    bytes.append(UInt8(ascii: sign))
    needsComma = true
  }

  /// The name of an object's member; its value comes next.
  mutating func name(_ name: String) {
    write(name)
    bytes.append(UInt8(ascii: ":"))
    needsComma = false
  }

  /// A yes or no.
  mutating func write(_ flag: Bool) {
    separate()
    bytes.append(contentsOf: (flag ? "true" : "false").utf8)
  }

  /// A number that is finite, by the fewest digits that tell it from all others.
  mutating func write(_ number: Double) {
    separate()
    if let whole = Int(exactly: number), abs(number) < 1e15 {
      bytes.append(contentsOf: String(whole).utf8)
    } else {
      bytes.append(contentsOf: number.description.utf8)
    }
  }

  /// A text.
  mutating func write(_ value: String) {
    separate()
    bytes.append(UInt8(ascii: "\""))
    for byte in value.utf8 {
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"):
        bytes.append(UInt8(ascii: "\\"))
        bytes.append(byte)
      case 0..<0x20:
        let digits = String(byte, radix: 16)
        bytes.append(contentsOf: (digits.utf8.count == 1 ? "\\u000" : "\\u00").utf8)
        bytes.append(contentsOf: digits.utf8)
      default: bytes.append(byte)
      }
    }
    bytes.append(UInt8(ascii: "\""))
  }

  private mutating func separate() {
    if needsComma { bytes.append(UInt8(ascii: ",")) }
    needsComma = true
  }
}
