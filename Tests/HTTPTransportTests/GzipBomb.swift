/// The beginning of a gzip stream (RFC 1952) that unpacks to a very long run of one letter.
enum GzipBomb {
  /// One deflate block (RFC 1951) with the fixed codes: a letter, then `matches` copies of 258
  /// letters at 13 bits each.
  static func make(matches: Int) -> [UInt8] {
    var bits = BitWriter(bytes: [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3])
    bits.append(0, count: 1)  // Not the last block,
    bits.append(0b10, count: 2)  // with fixed codes; these bits are written lowest first.
    bits.append(0x30 + 0x41, count: 8)
    for _ in 0..<matches {
      bits.append(0b1100_0101, count: 8)  // Length 258
      bits.append(0, count: 5)  // at distance 1.
    }
    return bits.bytes
  }

  private struct BitWriter {
    var bytes: [UInt8]
    private var used = 8

    init(bytes: [UInt8]) {
      self.bytes = bytes
    }

    /// Codes are written from their highest bit, bytes are filled from their lowest.
    mutating func append(_ code: Int, count: Int) {
      for position in stride(from: count - 1, through: 0, by: -1) {
        if used == 8 {
          bytes.append(0)
          used = 0
        }
        bytes[bytes.count - 1] |= UInt8((code >> position) & 1) << used
        used += 1
      }
    }
  }
}
