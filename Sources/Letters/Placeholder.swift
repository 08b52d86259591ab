/// What a template can name between double braces; the meanings stand at `RewardFacts`.
enum Placeholder: String {
  case name, amount, code, expiry, minimum, shop

  /// Whether a reward may have no such value, so that it can stand in its section only.
  var isOptional: Bool {
    switch self {
    case .name, .expiry, .minimum: true
    case .amount, .code, .shop: false
    }
  }
}
