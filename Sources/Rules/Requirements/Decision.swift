/// What the rules decided of one order.
package enum Decision: Sendable, Equatable {
  /// A reward is due.
  case approve
  /// No reward: the rule that refused, and why.
  case reject(rule: String, reason: String)
  /// Not decidable yet: the rule that waits, and for what.
  case wait(rule: String, reason: String)

  /// Asks the rules in their order; the first that does not pass decides.
  package static func of(_ facts: Facts, by rules: [Requirement]) -> Decision {
    for rule in rules {
      switch rule.check(facts) {
      case .pass: continue
      case .reject(let reason): return .reject(rule: rule.name, reason: reason)
      case .wait(let reason): return .wait(rule: rule.name, reason: reason)
      }
    }
    return .approve
  }
}
