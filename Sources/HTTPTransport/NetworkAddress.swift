import CCurl
import Glibc

/// An IP address, and whether the public internet has it.
struct NetworkAddress: Sendable, Equatable {
  /// 4 bytes of IPv4 or 16 of IPv6, in network order.
  let bytes: [UInt8]

  /// The address that a socket is about to connect to; `nil` for another family than IP.
  @safe init?(_ target: UnsafeMutablePointer<curl_sockaddr>) {
    // libcurl's structure ends in a `sockaddr`, and has room for the longer one of IPv6 there.
    guard let offset = MemoryLayout<curl_sockaddr>.offset(of: \.addr) else { return nil }
    let start = unsafe UnsafeRawPointer(target) + offset
    let raw = unsafe UnsafeRawBufferPointer(start: start, count: Int(target.pointee.addrlen))
    switch unsafe target.pointee.family {
    case AF_INET where raw.count >= 8: bytes = unsafe Array(raw[4..<8])
    case AF_INET6 where raw.count >= 24: bytes = unsafe Array(raw[8..<24])
    default: return nil
    }
  }

  /// Reads an address as `inet_pton` does: no short, octal or hexadecimal forms of IPv4.
  init?(_ text: String) {
    // A link-local address that libcurl tells may have a zone behind a percent sign.
    let text = String(text.prefix { $0 != "%" })
    for (family, count) in [(AF_INET, 4), (AF_INET6, 16)] {
      var bytes = [UInt8](repeating: 0, count: count)
      if unsafe inet_pton(family, text, &bytes) == 1 {
        self.bytes = bytes
        return
      }
    }
    return nil
  }

  /// Whether anybody on the internet reaches the same host under the address.
  ///
  /// Not: this host, private networks, links, groups, documentation, and every form of IPv6 that
  /// carries an IPv4 address, because what is behind it depends on where one stands (the registries
  /// of RFC 6890; IANA gives out global IPv6 addresses from `2000::/3` only).
  var isPublic: Bool {
    if bytes.count == 4 { return !Self.specialIPv4.contains { holds($0.prefix, $0.length) } }
    return holds([0x20], 3) && !Self.specialIPv6.contains { holds($0.prefix, $0.length) }
  }

  private static let specialIPv4: [(prefix: [UInt8], length: Int)] = [
    ([0], 8), ([10], 8), ([100, 64], 10), ([127], 8), ([169, 254], 16), ([172, 16], 12),
    ([192, 0, 0], 24), ([192, 0, 2], 24), ([192, 31, 196], 24), ([192, 52, 193], 24),
    ([192, 88, 99], 24), ([192, 168], 16), ([192, 175, 48], 24), ([198, 18], 15),
    ([198, 51, 100], 24), ([203, 0, 113], 24), ([224], 4), ([240], 4),
  ]

  /// Inside `2000::/3`: the protocols' own block with Teredo, documentation, 6to4.
  private static let specialIPv6: [(prefix: [UInt8], length: Int)] = [
    ([0x20, 0x01, 0x00], 23), ([0x20, 0x01, 0x0D, 0xB8], 32), ([0x20, 0x02], 16),
    ([0x3F, 0xFF, 0x00], 20),
  ]

  /// Whether the first `length` bits are those of `prefix`; what is missing there is zero.
  private func holds(_ prefix: [UInt8], _ length: Int) -> Bool {
    (0..<(length + 7) / 8).allSatisfy { index in
      let mask = UInt8(truncatingIfNeeded: 0xFF00 >> min(8, length - index * 8))
      return (bytes[index] ^ (index < prefix.count ? prefix[index] : 0)) & mask == 0
    }
  }
}
