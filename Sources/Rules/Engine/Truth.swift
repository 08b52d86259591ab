/// What a condition says of a case: yes, no, or unknown because a fact is missing (Kleene's logic).
package enum Truth: Sendable, Equatable {
  /// Yes and no.
  case yes, no
  /// A fact is missing on which the answer hangs.
  case unknown

  /// Unknown stays unknown.
  package static prefix func ! (truth: Truth) -> Truth {
    switch truth {
    case .yes: .no
    case .no: .yes
    case .unknown: .unknown
    }
  }

  /// No if one says no, whatever the other says.
  package static func && (left: Truth, right: Truth) -> Truth {
    if left == .no || right == .no { return .no }
    return left == .yes && right == .yes ? .yes : .unknown
  }

  /// Yes if one says yes, whatever the other says.
  package static func || (left: Truth, right: Truth) -> Truth { !(!left && !right) }
}
