extension Judgement {
  /// The rules on which the outcome hangs: without an acting one it would be another, and with one in
  /// shadow it would be if that one acted. `set` is the set by which the case was judged.
  package func decisiveRules(of set: RuleSet) -> [String] {
    let said = zip(set.rulesByName, outcomes)
      .filter { $1.result == .hit || $1.result == .failed }
    guard !said.isEmpty else { return [] }
    return said.compactMap { changed, _ in
      var findings = Findings()
      for (rule, outcome) in said {
        let isChanged = rule.name == changed.name
        guard (rule.mode == .on) != isChanged else { continue }
        findings.add(rule, outcome.result)
      }
      return Self.settle(findings, by: set).outcome == self.outcome ? nil : changed.name
    }
  }
}
