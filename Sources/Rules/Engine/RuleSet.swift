/// The antifraud rules that hold for one channel of one store.
package struct RuleSet: Sendable {
  /// The rules, in the sequence of the file; it does not matter for the outcome.
  package let rules: [Rule]
  /// From which score on a case goes to review; `nil` for never.
  package let reviewAt: Int?
  /// From which score on a case is rejected; `nil` for never.
  package let rejectAt: Int?
  /// Everything that the rules ask for, those in shadow too.
  package let signals: Set<Signal>
  /// The rules by name: the sequence in which their outcomes are told.
  let rulesByName: [Rule]

  /// No rules: everything is approved.
  package static let none = RuleSet(rules: [], reviewAt: nil, rejectAt: nil)

  /// Puts a set together.
  package init(rules: [Rule], reviewAt: Int?, rejectAt: Int?) {
    self.rules = rules
    self.reviewAt = reviewAt
    self.rejectAt = rejectAt
    signals = rules.reduce(into: []) { $0.formUnion($1.condition.signals) }
    rulesByName = rules.sorted { $0.name < $1.name }
  }
}
