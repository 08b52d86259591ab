/// An IP address of either version.
package struct IPAddress: Sendable, Hashable {
  /// 4 bytes of IPv4 or 16 of IPv6, in network order. An IPv4 address that is written as an IPv6 one
  /// (`::ffff:192.0.2.1`, RFC 4291 section 2.5.5.2) has 4.
  package let bytes: [UInt8]

  /// Reads an address in the forms of RFC 4291, section 2.2, and dotted decimal without leading
  /// zeros; `nil` for everything else: names, ports, zones, lists.
  package init?(_ text: String) {
    let text = text.trimmingSpace()
    guard text.utf8.count <= 45 else { return nil }
    guard let bytes = text.contains(":") ? Self.version6(text) : Self.version4(text[...]) else {
      return nil
    }
    let isMapped = bytes.count == 16 && bytes.starts(with: Self.mappedPrefix)
    self.bytes = isMapped ? Array(bytes.suffix(4)) : bytes
  }

  /// The network that one customer of a provider usually has to himself or shares with a few: the
  /// first 24 bits of IPv4 or 48 of IPv6, such as `192.0.2.0/24` or `2001:db8:0::/48`.
  package var network: String {
    bytes.count == 4
      ? bytes.prefix(3).map { "\($0)." }.joined() + "0/24"
      : stride(from: 0, to: 6, by: 2).map(group).joined(separator: ":") + "::/48"
  }

  /// One spelling of the address: dotted decimal, or eight groups of IPv6 without leading zeros.
  package var canonical: String {
    bytes.count == 4
      ? bytes.map { "\($0)" }.joined(separator: ".")
      : stride(from: 0, to: 16, by: 2).map(group).joined(separator: ":")
  }

  private func group(at index: Int) -> String {
    String(UInt16(bytes[index]) << 8 | UInt16(bytes[index + 1]), radix: 16)
  }

  private static let mappedPrefix: [UInt8] = Array(repeating: 0, count: 10) + [0xFF, 0xFF]

  private static func version4(_ text: Substring) -> [UInt8]? {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 4 else { return nil }
    let bytes = parts.compactMap { part -> UInt8? in
      guard part.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
        part.utf8.count == 1 || part.utf8.first != 0x30
      else { return nil }
      return UInt8(part)
    }
    return bytes.count == 4 ? bytes : nil
  }

  private static func version6(_ text: String) -> [UInt8]? {
    // At most one "::" stands for as many groups of zeros as are missing.
    let halves = text.split(separator: "::", omittingEmptySubsequences: false)
    guard (1...2).contains(halves.count) else { return nil }
    let ends = halves.enumerated().map { index, half in
      groups(half, isLast: index == halves.count - 1)
    }
    guard let start = ends[0], let end = ends.count == 2 ? ends[1] : [] else { return nil }
    let missing = 16 - start.count - end.count
    guard ends.count == 2 ? missing >= 2 : missing == 0 else { return nil }
    return start + Array(repeating: 0, count: missing) + end
  }

  /// The bytes of groups with colons between them, the last of which may be an IPv4 address.
  private static func groups(_ text: Substring, isLast: Bool) -> [UInt8]? {
    guard !text.isEmpty else { return [] }
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    var bytes: [UInt8] = []
    for (index, part) in parts.enumerated() {
      if isLast && index == parts.count - 1 && part.contains(".") {
        guard let tail = version4(part) else { return nil }
        bytes += tail
      } else {
        guard (1...4).contains(part.utf8.count), part.allSatisfy(\.isHexDigit),
          let value = UInt16(part, radix: 16)
        else { return nil }
        bytes += [UInt8(value >> 8), UInt8(value & 0xFF)]
      }
    }
    return bytes.count <= 16 ? bytes : nil
  }
}
