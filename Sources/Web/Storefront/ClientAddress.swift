/// An IP address of a client.
package struct ClientAddress: Hashable, Sendable {
  /// 4 bytes of IPv4 or 16 of IPv6, in network order.
  let bytes: [UInt8]

  /// Reads an address in the usual form of IPv4, or in any of IPv6 (RFC 4291, section 2.2), with a
  /// zone or without. One of IPv4 that is written as IPv6 (`::ffff:192.0.2.1`) is of IPv4.
  package init?(_ text: String) {
    guard text.utf8.count <= 64 else { return nil }
    let bare = text.prefix { $0 != "%" }
    guard let bytes = bare.contains(":") ? Self.ipv6(bare) : Self.ipv4(bare) else { return nil }
    let isMapped =
      bytes.count == 16 && bytes.prefix(10).allSatisfy { $0 == 0 }
      && bytes[10...11].allSatisfy { $0 == 0xFF }
    self.bytes = isMapped ? Array(bytes.suffix(4)) : bytes
  }

  /// Reads an element of `X-Forwarded-For`: an address, with a port as some proxies write it.
  init?(forwarded text: String) {
    if text.first == "[", let end = text.firstIndex(of: "]") {
      self.init(String(text[text.index(after: text.startIndex)..<end]))
    } else if text.contains("."), text.filter({ $0 == ":" }).count == 1 {
      self.init(String(text.prefix { $0 != ":" }))
    } else {
      self.init(text)
    }
  }

  /// Whom a limit counts: an address of IPv4, and of IPv6 the network of 64 bits, of which one
  /// client has all addresses.
  var limitedPart: [UInt8] { bytes.count == 4 ? bytes : Array(bytes.prefix(8)) }

  private static func ipv4(_ text: Substring) -> [UInt8]? {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    let bytes = parts.compactMap { part -> UInt8? in
      guard (1...3).contains(part.utf8.count), part.utf8.allSatisfy(isDigit),
        part == "0" || part.first != "0"
      else { return nil }
      return UInt8(part)
    }
    return parts.count == 4 && bytes.count == 4 ? bytes : nil
  }

  private static func ipv6(_ text: Substring) -> [UInt8]? {
    let halves = text.split(separator: "::", omittingEmptySubsequences: false)
    let parts = halves.enumerated().compactMap { index, half in
      groups(half, endsAddress: index == halves.count - 1)
    }
    guard parts.count == halves.count else { return nil }
    switch parts.count {
    case 1: return parts[0].count == 16 ? parts[0] : nil
    case 2:
      let gap = 16 - parts[0].count - parts[1].count
      return gap >= 2 ? parts[0] + [UInt8](repeating: 0, count: gap) + parts[1] : nil
    default: return nil
    }
  }

  /// The bytes of groups between colons; at the address's end there may be one of IPv4.
  private static func groups(_ text: Substring, endsAddress: Bool) -> [UInt8]? {
    guard !text.isEmpty else { return [] }
    var bytes: [UInt8] = []
    let groups = text.split(separator: ":", omittingEmptySubsequences: false)
    for (index, group) in groups.enumerated() {
      if endsAddress, index == groups.count - 1, group.contains(".") {
        guard let last = ipv4(group) else { return nil }
        bytes += last
        continue
      }
      guard (1...4).contains(group.utf8.count), group.utf8.allSatisfy(isHexDigit),
        let number = UInt16(group, radix: 16)
      else { return nil }
      bytes += [UInt8(number >> 8), UInt8(number & 0xFF)]
    }
    return bytes
  }

  private static func isDigit(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
  }

  private static func isHexDigit(_ byte: UInt8) -> Bool {
    isDigit(byte) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte | 0x20)
  }
}
