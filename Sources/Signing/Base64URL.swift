/// Base64 text for addresses and headers (RFC 4648, section 5), without padding as JSON Web
/// Signatures write it (RFC 7515, section 2).
package enum Base64URL {
  private static let alphabet = Array(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

  /// Six bits a character; the spare bits of the last character are 0.
  package static func encode(_ bytes: [UInt8]) -> String {
    var text: [UInt8] = []
    text.reserveCapacity((bytes.count * 4 + 2) / 3)
    var pending: UInt16 = 0
    var pendingBits = 0
    for byte in bytes {
      pending = pending << 8 | UInt16(byte)
      pendingBits += 8
      while pendingBits >= 6 {
        pendingBits -= 6
        text.append(alphabet[Int(pending >> pendingBits) & 0x3f])
      }
      pending &= (1 << pendingBits) - 1
    }
    if pendingBits > 0 {
      text.append(alphabet[Int(pending << (6 - pendingBits)) & 0x3f])
    }
    return String(decoding: text, as: UTF8.self)
  }

  /// The bytes that `text` stands for. Nil for everything that `encode` would not have written:
  /// padding, whitespace, another alphabet, a lone last character, or spare bits that are not 0.
  /// So two different texts never stand for the same bytes.
  package static func decode(_ text: some Sequence<UInt8>) -> [UInt8]? {
    var bytes: [UInt8] = []
    var pending: UInt16 = 0
    var pendingBits = 0
    for character in text {
      guard let value = value(of: character) else { return nil }
      pending = pending << 6 | UInt16(value)
      pendingBits += 6
      if pendingBits >= 8 {
        pendingBits -= 8
        bytes.append(UInt8(truncatingIfNeeded: pending >> pendingBits))
        pending &= (1 << pendingBits) - 1
      }
    }
    return pendingBits < 6 && pending == 0 ? bytes : nil
  }

  private static func value(of character: UInt8) -> UInt8? {
    switch character {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"): character - UInt8(ascii: "A")
    case UInt8(ascii: "a")...UInt8(ascii: "z"): character - UInt8(ascii: "a") + 26
    case UInt8(ascii: "0")...UInt8(ascii: "9"): character - UInt8(ascii: "0") + 52
    case UInt8(ascii: "-"): 62
    case UInt8(ascii: "_"): 63
    default: nil
    }
  }
}
