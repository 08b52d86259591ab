/// Whether the rules still see what they used to see: one period of decisions against a longer one
/// before it. Pure statistics, with thresholds that are passed by chance about once in thirty
/// thousand looks.
package struct DetectorHealth: Sendable {
  /// A rule that used to hit, and does not any more.
  package struct SilentRule: Sendable, Equatable {
    /// The rule.
    package let name: String
    /// How many hits there would be if it hit as often as before.
    package let expected: Double
  }

  /// An outcome that has become more or less frequent.
  package struct Shift: Sendable, Equatable {
    /// The outcome.
    package let outcome: Rule.Verdict
    /// Its share of the decisions before, 0 to 1.
    package let before: Double
    /// Its share now.
    package let now: Double
  }

  /// From how many expected hits on none at all is a silence: by Poisson's law that comes by chance
  /// with a probability of e⁻¹⁰, 1 in 22,000.
  package static let leastExpected = 10.0
  /// How many decisions each period must have for their shares to be compared.
  package static let leastDecisions = 50
  /// How many standard errors the shares must differ by: 1 in 16,000 by chance.
  package static let leastDeviation = 4.0
  /// By how much of all decisions the shares must differ at least, so that a large shop is not told
  /// of what does not matter.
  package static let leastShift = 0.05

  private let recent: DecisionTally
  private let earlier: DecisionTally

  /// Compares the recent decisions with the earlier ones.
  package init(recent: DecisionTally, earlier: DecisionTally) {
    self.recent = recent
    self.earlier = earlier
  }

  /// Those of `rules` that have fallen silent, by name. Expected is as often as before, for as many
  /// cases as there were now: a quiet day of the shop is no silence.
  package func silentRules(of rules: Set<String>) -> [SilentRule] {
    guard earlier.asked > 0 else { return [] }
    return rules.sorted().compactMap { name in
      guard recent.hits[name, default: 0] == 0 else { return nil }
      let rate = Double(earlier.hits[name, default: 0]) / Double(earlier.asked)
      let expected = rate * Double(recent.asked)
      return expected >= Self.leastExpected ? SilentRule(name: name, expected: expected) : nil
    }
  }

  /// The outcomes whose share has jumped: the test of two proportions.
  package var shifts: [Shift] {
    let (now, before) = (Double(recent.count), Double(earlier.count))
    guard min(recent.count, earlier.count) >= Self.leastDecisions else { return [] }
    return Rule.Verdict.allCases.compactMap { outcome in
      let (hitsNow, hitsBefore) = (
        Double(recent.outcomes[outcome, default: 0]),
        Double(earlier.outcomes[outcome, default: 0])
      )
      let pooled = (hitsNow + hitsBefore) / (now + before)
      let error = (pooled * (1 - pooled) * (1 / now + 1 / before)).squareRoot()
      let shift = Shift(outcome: outcome, before: hitsBefore / before, now: hitsNow / now)
      let difference = abs(shift.now - shift.before)
      return difference >= Self.leastShift && difference >= Self.leastDeviation * error
        ? shift : nil
    }
  }
}
