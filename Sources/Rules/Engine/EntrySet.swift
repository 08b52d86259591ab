import Domain

/// What stands behind `in`: texts of one kind. To look one up takes about as long in a list of
/// thousands as in a short one.
struct EntrySet: Sendable {
  private let kind: TextKind
  private let texts: Set<String>
  private let networks: Set<IPNetwork>
  /// The forms of networks that there are, so that an address is looked up once for each.
  private let shapes: Set<Shape>

  private struct Shape: Hashable {
    let isIPv4: Bool
    let length: Int
  }

  /// An entry that is not of the kind.
  struct Misfit: Error {
    let entry: String
  }

  /// Takes the entries of a list.
  /// - Throws: `Misfit`, the first entry that is not of `kind`.
  init(_ entries: [String], of kind: TextKind) throws(Misfit) {
    var texts: Set<String> = []
    var networks: Set<IPNetwork> = []
    texts.reserveCapacity(entries.count)
    for entry in entries {
      guard let text = kind.form(ofEntry: entry) else { throw Misfit(entry: entry) }
      if kind != .network {
        texts.insert(text)
      } else if let network = IPNetwork(text) {
        networks.insert(network)
      }
    }
    self.kind = kind
    self.texts = texts
    self.networks = networks
    shapes = Set(networks.map { Shape(isIPv4: $0.base.isIPv4, length: $0.length) })
  }

  /// Whether an entry stands for a fact; unknown for an IP address that is none, unless the set is
  /// empty.
  func contains(_ fact: String) -> Truth {
    if texts.isEmpty && networks.isEmpty { return .no }
    switch kind {
    case .network:
      guard let address = IPAddress(fact) else { return .unknown }
      let isListed = shapes.contains { shape in
        shape.isIPv4 == address.isIPv4
          && networks.contains(
            IPNetwork(base: address.masked(to: shape.length), length: shape.length))
      }
      return isListed ? .yes : .no
    case .domain:
      var rest = kind.form(of: fact)[...]
      while !texts.contains(String(rest)) {
        guard let point = rest.firstIndex(of: ".") else { return .no }
        rest = rest[rest.index(after: point)...]
      }
      return .yes
    case .user, .address, .code, .country, .channel:
      return texts.contains(kind.form(of: fact)) ? .yes : .no
    }
  }
}
