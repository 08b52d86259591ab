/// To how many of the referrers rewards are issued by themselves.
package enum Rollout: Hashable, Sendable {
  /// Nothing is issued at all.
  case off
  /// To referrers whose bucket, 0 to 99, is below this number; to others when a human approves.
  case percent(Int)

  /// Only what a human approves.
  package static let manual = Rollout.percent(0)
  /// Everything.
  package static let all = Rollout.percent(100)

  /// Reads `off`, `manual`, `all`, or a percentage from 0 to 100 with or without its sign; `nil`
  /// for anything else.
  package init?(_ text: String) {
    switch text {
    case "off": self = .off
    case "manual": self = .manual
    case "all": self = .all
    default:
      let digits = text.hasSuffix("%") ? text.dropLast() : text[...]
      guard !digits.isEmpty, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
        let percent = Int(digits), (0...100).contains(percent)
      else { return nil }
      self = .percent(percent)
    }
  }

  /// Whether a reward of this bucket needs nobody's approval.
  package func releases(bucket: Int) -> Bool {
    switch self {
    case .off: false
    case .percent(let percent): bucket < percent
    }
  }
}

extension Rollout: CustomStringConvertible {
  /// As it is configured.
  package var description: String {
    switch self {
    case .off: "off"
    case .manual: "manual"
    case .all: "all"
    case .percent(let percent): "\(percent)%"
    }
  }
}
