/// How the decisions of a period went that the requirements and the rules made by themselves.
package struct DecisionTally: Sendable, Equatable {
  /// How many decisions there were, by outcome.
  package var outcomes: [Rule.Verdict: Int]
  /// In how many of them each rule hit, those in shadow too.
  package var hits: [String: Int]
  /// For how many of them the rules were asked.
  package var asked: Int

  /// A tally with these counts.
  package init(outcomes: [Rule.Verdict: Int] = [:], hits: [String: Int] = [:], asked: Int = 0) {
    self.outcomes = outcomes
    self.hits = hits
    self.asked = asked
  }

  /// How many decisions there were.
  package var count: Int { outcomes.values.reduce(0, +) }
}
