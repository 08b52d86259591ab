/// Base32 text (RFC 4648, section 6): upper-case letters and the digits 2 to 7. Nothing in it
/// depends on case, so people can read it to each other; reward codes are made of it.
package enum Base32 {
  private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".utf8)

  /// Five bits a character, without padding: 8 characters for every 5 bytes.
  package static func encode(_ bytes: [UInt8]) -> String {
    var text: [UInt8] = []
    text.reserveCapacity((bytes.count * 8 + 4) / 5)
    var pending: UInt16 = 0
    var pendingBits = 0
    for byte in bytes {
      pending = pending << 8 | UInt16(byte)
      pendingBits += 8
      while pendingBits >= 5 {
        pendingBits -= 5
        text.append(alphabet[Int(pending >> pendingBits) & 0x1f])
      }
      pending &= (1 << pendingBits) - 1
    }
    if pendingBits > 0 {
      text.append(alphabet[Int(pending << (5 - pendingBits)) & 0x1f])
    }
    return String(decoding: text, as: UTF8.self)
  }
}
