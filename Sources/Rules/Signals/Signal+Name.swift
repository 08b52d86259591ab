extension Signal {
  /// What is known of the network from which an order came. Many people share one, so these never
  /// reject by themselves.
  package static let ofNetwork: Set<Signal> = [
    .buyerIP, .sameIP, .sameNetwork, .referralsByIP, .referralsByNetwork,
  ]

  /// The signal of a name; `nil` when there is none.
  package static func named(_ name: String) -> Signal? { byName[name] }

  private static let byName = Dictionary(
    allCases.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
}
