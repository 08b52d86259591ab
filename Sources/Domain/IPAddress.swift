/// An IP address, so that its spellings are one: an IPv4 address that stands in an IPv6 one
/// (`::ffff:192.0.2.1`, RFC 4291 section 2.5.5.2) is the IPv4 address.
package struct IPAddress: Hashable, Sendable {
  /// The address as a number; an IPv4 address has 32 bits, an IPv6 one 128.
  package let bits: UInt128
  /// Whether it is an IPv4 address.
  package let isIPv4: Bool

  /// How many bits such an address has.
  package var width: Int { isIPv4 ? 32 : 128 }

  private init(bits: UInt128, isIPv4: Bool) {
    self.bits = bits
    self.isIPv4 = isIPv4
  }

  /// Reads `192.0.2.1` or one of the forms of RFC 4291 section 2.2, without a zone; `nil` for
  /// anything else, and for IPv4 in short, octal or hexadecimal form. Space around it does not
  /// matter.
  package init?(_ text: String) {
    let text = text.trimmingSpace()
    guard text.utf8.count <= 45 else { return nil }
    if let bits = Self.ipv4(text) {
      self.init(bits: UInt128(bits), isIPv4: true)
    } else if let bits = Self.ipv6(text) {
      let isMapped = bits >> 32 == 0xFFFF
      self.init(bits: isMapped ? bits & 0xFFFF_FFFF : bits, isIPv4: isMapped)
    } else {
      return nil
    }
  }

  /// The address with all but its first `length` bits zero: where its network begins.
  package func masked(to length: Int) -> IPAddress {
    let cleared = max(0, width - length)
    return IPAddress(bits: (bits >> UInt128(cleared)) << UInt128(cleared), isIPv4: isIPv4)
  }

  /// The network that one customer of a provider usually has to himself or shares with a few: the
  /// first 24 bits of IPv4 or 48 of IPv6, such as `192.0.2.0/24` or `2001:db8:0::/48`.
  package var network: String {
    isIPv4
      ? (1...3).map { "\(byte($0))." }.joined() + "0/24"
      : (1...3).map(group).joined(separator: ":") + "::/48"
  }

  /// One spelling of the address: dotted decimal, or eight groups of IPv6 without leading zeros.
  package var canonical: String {
    isIPv4
      ? (1...4).map { "\(byte($0))" }.joined(separator: ".")
      : (1...8).map(group).joined(separator: ":")
  }

  /// A byte of an IPv4 address, counted from 1.
  private func byte(_ place: Int) -> UInt8 {
    UInt8(truncatingIfNeeded: bits >> UInt128(32 - 8 * place))
  }

  /// 16 bits of an IPv6 address, counted from 1.
  private func group(_ place: Int) -> String {
    String(UInt16(truncatingIfNeeded: bits >> UInt128(128 - 16 * place)), radix: 16)
  }

  private static func ipv4(_ text: String) -> UInt32? {
    var bits: UInt32 = 0
    var number: UInt32 = 0
    var digits = 0
    var parts = 1
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"):
        // A leading zero would be octal for some readers.
        if digits > 0, number == 0 { return nil }
        number = number * 10 + UInt32(byte - UInt8(ascii: "0"))
        digits += 1
        if number > 255 { return nil }
      case UInt8(ascii: "."):
        guard digits > 0, parts < 4 else { return nil }
        bits = bits << 8 | number
        (number, digits, parts) = (0, 0, parts + 1)
      default: return nil
      }
    }
    return parts == 4 && digits > 0 ? bits << 8 | number : nil
  }

  private static func ipv6(_ text: String) -> UInt128? {
    let bytes = Array(text.utf8)
    let colon = UInt8(ascii: ":")
    let gap = bytes.indices.dropLast().first { bytes[$0] == colon && bytes[$0 + 1] == colon }
    guard let gap else {
      guard let groups = groups(bytes[...]), groups.count == 8 else { return nil }
      return number(groups)
    }
    guard let left = groups(bytes[..<gap], endsInIPv4: false),
      let right = groups(bytes[(gap + 2)...]), left.count + right.count < 8
    else { return nil }
    let zeros = [UInt16](repeating: 0, count: 8 - left.count - right.count)
    return number(left + zeros + right)
  }

  /// The groups of 16 bits between colons; the last can be two of them in the form of IPv4.
  private static func groups(_ bytes: ArraySlice<UInt8>, endsInIPv4: Bool = true) -> [UInt16]? {
    guard !bytes.isEmpty else { return [] }
    var groups: [UInt16] = []
    let parts = bytes.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
    for (position, part) in parts.enumerated() {
      let text = String(decoding: part, as: UTF8.self)
      if endsInIPv4, position == parts.count - 1, let bits = ipv4(text) {
        groups += [UInt16(bits >> 16), UInt16(truncatingIfNeeded: bits)]
      } else {
        // UInt16 would take a plus sign.
        guard (1...4).contains(part.count), part.first != UInt8(ascii: "+"),
          let group = UInt16(text, radix: 16)
        else { return nil }
        groups.append(group)
      }
    }
    return groups
  }

  private static func number(_ groups: [UInt16]) -> UInt128 {
    groups.reduce(0) { $0 << 16 | UInt128($1) }
  }
}
