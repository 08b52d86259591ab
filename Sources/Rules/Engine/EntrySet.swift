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

  /// Takes texts in the form in which they are compared.
  init(_ forms: Set<String>, of kind: TextKind) {
    self.kind = kind
    texts = kind == .network ? [] : forms
    networks = kind == .network ? Set(forms.compactMap(IPNetwork.init)) : []
    shapes = Set(networks.map { Shape(isIPv4: $0.base.isIPv4, length: $0.length) })
  }

  /// Takes the entries of a list.
  /// - Returns: the set, and the numbers of the entries that are not of `kind`, from 0.
  static func read(_ entries: [String], of kind: TextKind) -> (set: EntrySet, misfits: [Int]) {
    var forms: Set<String> = []
    var misfits: [Int] = []
    forms.reserveCapacity(entries.count)
    for (index, entry) in entries.enumerated() {
      if let form = kind.form(ofEntry: entry) {
        forms.insert(form)
      } else {
        misfits.append(index)
      }
    }
    return (EntrySet(forms, of: kind), misfits)
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
