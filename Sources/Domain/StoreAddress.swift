/// A store's GraphQL address in one canonical form, so that the same store is the same text.
///
/// It is part of every derived reward code, therefore its form may never change.
package struct StoreAddress: Hashable, Sendable, CustomStringConvertible {
  /// Scheme and host in lower case, the scheme's own port left out, the path with a slash at its
  /// end (without it Saleor answers 404).
  package let canonical: String

  /// The scheme, "http" or "https".
  package let scheme: String

  /// Scheme, host and, where it is not the scheme's own, port: the canonical form without the path.
  package let origin: String

  /// The host in lower case, without the port.
  package let host: String

  /// Accepts an http or https address with a host and without user, query or fragment.
  package init?(_ text: String) {
    let text = text.trimmingSpace()
    guard let mark = text.range(of: "://") else { return nil }
    let scheme = text[..<mark.lowerBound].lowercased()
    let defaultPort: UInt16
    switch scheme {
    case "http": defaultPort = 80
    case "https": defaultPort = 443
    default: return nil
    }
    let rest = text[mark.upperBound...]
    let slash = rest.firstIndex(of: "/") ?? rest.endIndex
    let authority = rest[..<slash].lowercased()
    var path = String(rest[slash...])
    let visible = { (text: String) in
      text.unicodeScalars.allSatisfy { $0.value > 0x20 && $0.value < 0x7F }
    }
    guard !authority.isEmpty, visible(authority), visible(path), !authority.contains("@"),
      !path.contains("?"), !path.contains("#"), !authority.contains("?"),
      !authority.contains("#")
    else { return nil }
    if !path.hasSuffix("/") { path += "/" }

    var host = authority
    var port: UInt16?
    let bracket = authority.lastIndex(of: "]") ?? authority.startIndex
    if let colon = authority[bracket...].lastIndex(of: ":") {
      guard let number = UInt16(authority[authority.index(after: colon)...]) else { return nil }
      host = String(authority[..<colon])
      port = number
    }
    guard !host.isEmpty else { return nil }
    self.scheme = scheme
    self.host = host
    let suffix = port.flatMap { $0 == defaultPort ? nil : ":\($0)" } ?? ""
    origin = "\(scheme)://\(host)\(suffix)"
    canonical = "\(origin)\(path)"
  }

  /// Whether the store is on this very machine, where plain http is no danger.
  package var isLoopback: Bool {
    host == "localhost" || host == "[::1]" || host.hasPrefix("127.")
  }

  package var description: String { canonical }
}

extension String {
  /// The first place where `needle` stands.
  fileprivate func range(of needle: String) -> Range<Index>? {
    var start = startIndex
    while start < endIndex {
      if self[start...].hasPrefix(needle) {
        return start..<index(start, offsetBy: needle.count)
      }
      start = index(after: start)
    }
    return nil
  }
}
