import Domain

/// The proxies whose word counts on who a client is. Anybody can write `X-Forwarded-For`.
package struct TrustedProxies: Sendable {
  /// A proxy, or a network of them.
  package struct Network: Sendable {
    private let address: ClientAddress
    private let length: Int

    /// Reads an address, or a network such as 10.0.0.0/8.
    package init?(_ text: String) {
      let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
      guard let address = ClientAddress(String(parts[0])) else { return nil }
      let bits = address.bytes.count * 8
      self.address = address
      if parts.count == 1 {
        length = bits
      } else {
        guard let length = Int(parts[1]), (0...bits).contains(length) else { return nil }
        self.length = length
      }
    }

    fileprivate func contains(_ other: ClientAddress) -> Bool {
      other.bytes.count == address.bytes.count
        && (0..<(length + 7) / 8).allSatisfy { index in
          let mask = UInt8(truncatingIfNeeded: 0xFF00 >> min(8, length - index * 8))
          return (other.bytes[index] ^ address.bytes[index]) & mask == 0
        }
    }
  }

  private let networks: [Network]

  /// Trusts what comes from `networks`.
  package init(_ networks: [Network]) {
    self.networks = networks
  }

  /// The client of a request that came from `peer` with these values of `X-Forwarded-For`: the last
  /// address of the list, from its end on, that is no trusted proxy's. What a client wrote himself
  /// stands before that, and does not count.
  func client(peer: ClientAddress?, forwarded values: [String]) -> ClientAddress? {
    guard var client = peer, isTrusted(client) else { return peer }
    for hop in values.flatMap({ $0.split(separator: ",") }).reversed() {
      guard let address = ClientAddress(forwarded: String(hop).trimmingSpace()) else { break }
      client = address
      guard isTrusted(address) else { break }
    }
    return client
  }

  private func isTrusted(_ address: ClientAddress) -> Bool {
    networks.contains { $0.contains(address) }
  }
}
