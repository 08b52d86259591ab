/// What a template can name between double braces; the meanings stand at `RewardFacts`.
enum Placeholder: String {
  case name, amount, code, expiry, minimum, goods, milestone, shop

  /// Whether a reward of this letter may have no such value, so that it can stand in its section
  /// only.
  func isOptional(in letter: LetterName) -> Bool {
    switch self {
    case .name, .minimum, .goods: true
    case .expiry: letter != .reminder
    case .milestone: letter != .milestone
    case .amount, .code, .shop: false
    }
  }
}
