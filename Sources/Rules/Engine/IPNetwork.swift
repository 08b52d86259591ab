import Domain

/// A network of IP addresses: `192.0.2.0/24`, `2001:db8::/32`, or one address by itself.
struct IPNetwork: Hashable, Sendable {
  /// Its first address.
  let base: IPAddress
  /// How many bits are the same in all its addresses.
  let length: Int

  /// The network of `length` bits that begins with `base`.
  init(base: IPAddress, length: Int) {
    self.base = base
    self.length = length
  }

  /// Reads an address with or without a length (RFC 4632, RFC 4291 section 2.3); `nil` for anything
  /// else. Bits behind the length do not matter.
  init?(_ text: String) {
    let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
    guard let first = parts.first, let address = IPAddress(String(first)) else { return nil }
    guard parts.count == 2 else {
      (base, length) = (address, address.width)
      return
    }
    let digits = parts[1]
    guard (1...3).contains(digits.utf8.count), digits.allSatisfy({ $0.isASCII && $0.isNumber }),
      var length = Int(digits)
    else { return nil }
    // The length of an IPv4 address that is written as IPv6 counts the 96 bits before it.
    if address.isIPv4, first.contains(":") { length -= 96 }
    guard (0...address.width).contains(length) else { return nil }
    (base, self.length) = (address.masked(to: length), length)
  }
}
