/// Which stores may install Laurel, and where they may stand: the operator's list.
package struct AllowedStores: Sendable, Equatable {
  /// One entry: `shop.example.com`, `https://shop.example.com:8443`, `http://127.0.0.1:9000`, or
  /// `*.example.com` for every host below a domain. Without a scheme https is meant.
  package struct Pattern: Sendable, Hashable {
    /// The origin that is named, or below whose host the stores are.
    private let address: StoreAddress
    private let isBelow: Bool

    /// Reads an entry; `nil` when it is none, or too wide: hosts below a domain need https, and the
    /// domain two names.
    package init?(_ text: String) {
      let parts = text.split(separator: "://", maxSplits: 1).map(String.init)
      guard let last = parts.last else { return nil }
      isBelow = last.hasPrefix("*.")
      let scheme = parts.count == 2 ? parts[0] : "https"
      guard let address = StoreAddress("\(scheme)://\(isBelow ? String(last.dropFirst(2)) : last)"),
        address.canonical == "\(address.origin)/", !address.host.contains("*")
      else { return nil }
      if isBelow {
        guard address.scheme == "https", address.host.contains("."), Self.isName(address.host)
        else { return nil }
      }
      self.address = address
    }

    /// Whether tokens travel in the clear over a network.
    package var isReadable: Bool { address.scheme == "http" && !address.isLoopback }

    /// How far requests to a store under this entry may go; `nil` when it is not meant.
    func reach(of store: StoreAddress) -> Reach? {
      guard isBelow else { return store.origin == address.origin ? .anywhere : nil }
      let port = { (address: StoreAddress) in
        address.origin.dropFirst(address.scheme.utf8.count + 3 + address.host.utf8.count)
      }
      let isMeant =
        store.scheme == address.scheme && port(store) == port(address)
        && Self.isName(store.host) && store.host.hasSuffix(".\(address.host)")
      return isMeant ? .publicInternet : nil
    }

    /// Whether a host is a name of letters, digits and hyphens, and no numeric address.
    private static func isName(_ host: String) -> Bool {
      let labels = host.split(separator: ".", omittingEmptySubsequences: false)
      return labels.allSatisfy { label in
        !label.isEmpty
          && label.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") }
      } && labels.last?.first?.isLetter == true
    }
  }

  /// Where a store may stand.
  package enum Reach: Sendable {
    /// Anywhere: the operator has named its host.
    case anywhere
    /// On the public internet only.
    case publicInternet
  }

  /// The entries.
  package let patterns: [Pattern]

  /// A list of these entries; an empty one allows no store.
  package init(_ patterns: [Pattern]) {
    self.patterns = patterns
  }

  /// How far requests to a store may go; `nil` when it is not on the list. A store's API is always
  /// under `/graphql/`, so another path is no store.
  package func reach(of store: StoreAddress) -> Reach? {
    guard store.canonical == "\(store.origin)/graphql/" else { return nil }
    let reaches = patterns.compactMap { $0.reach(of: store) }
    return reaches.contains(.anywhere) ? .anywhere : reaches.first
  }
}
