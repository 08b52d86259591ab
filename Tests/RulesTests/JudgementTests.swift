import Rules
import Testing

/// What settles a case when rules disagree.
@Suite struct JudgementTests {
  /// Facts on which `same_phone`, `same_card` and `same_ip` hold and a rule about `cycle_length`
  /// fails.
  static var facts: FactSheet {
    var facts = FactSheet()
    facts[.samePhone] = .flag(true)
    facts[.sameCard] = .flag(true)
    facts[.sameIP] = .flag(true)
    facts[.sameDevice] = .flag(false)
    facts[.cycleLength] = .text("two")
    return facts
  }

  static func judge(
    _ rules: [Rule], reviewAt: Int? = 50, rejectAt: Int? = 100
  ) -> Judgement {
    let set = RuleSet(rules: rules, reviewAt: reviewAt, rejectAt: rejectAt)
    let judgement = Judgement.of(facts, by: set)
    let reversed = RuleSet(rules: rules.reversed(), reviewAt: reviewAt, rejectAt: rejectAt)
    #expect(Judgement.of(facts, by: reversed) == judgement)
    return judgement
  }

  @Test func `nothing speaks against a reward`() throws {
    let judgement = Self.judge([try .make("miss", "same_device", .reject, weight: 500)])
    #expect(judgement.outcome == .approve)
    #expect(judgement.rule == nil)
    #expect(judgement.reason == nil)
    #expect(judgement.score == 0)
    #expect(Self.judge([]).outcome == .approve)
  }

  @Test func `a rule that rejects outweighs one that approves and one that failed`() throws {
    let judgement = Self.judge([
      try .make("trusted", "same_phone", .approve, weight: -500),
      try .make("broken", "cycle_length > 1", .review),
      try .make("b_reject", "same_card", .reject, weight: 10),
      try .make("a_reject", "same_phone", .reject, weight: 10),
      try .make("c_reject", "same_phone", .reject, weight: 5),
    ])
    #expect(judgement.outcome == .reject)
    #expect(judgement.rule == "a_reject")
    #expect(judgement.reason == "because of a_reject")
    #expect(
      judgement.outcomes.map(\.rule) == [
        "a_reject", "b_reject", "broken", "c_reject", "trusted",
      ])
    #expect(judgement.outcomes.map(\.result) == [.hit, .hit, .failed, .hit, .hit])
    #expect(judgement.outcomes.map(\.weight) == [10, 10, 0, 5, -500])
    #expect(judgement.score == -475)
  }

  @Test func `a score rejects, reviews, or does neither, at its boundaries`() throws {
    for (weight, outcome) in [
      (49, Rule.Verdict.approve), (50, .review), (99, .review), (100, .reject),
    ] {
      let judgement = Self.judge([
        try .make("phone", "same_phone", weight: weight - 1),
        try .make("card", "same_card", weight: 1),
      ])
      #expect(judgement.outcome == outcome)
      #expect(judgement.score == weight)
      #expect(judgement.rule == (outcome == .approve ? nil : "score"))
    }
    let judgement = Self.judge([
      try .make("phone", "same_phone", weight: 40), try .make("card", "same_card", weight: 60),
      try .make("away", "same_device", weight: 60),
    ])
    #expect(
      judgement.reason == "The score is 100, and 100 is enough to reject: card (60), phone (40).")
  }

  @Test func `a rule that approves outweighs the score and a rule that reviews`() throws {
    let judgement = Self.judge([
      try .make("trusted", "same_phone", .approve), try .make("card", "same_card", weight: 500),
      try .make("doubt", "same_card", .review),
    ])
    #expect(judgement.outcome == .approve)
    #expect(judgement.rule == "trusted")
    #expect(judgement.score == 500)
  }

  @Test func `a rule that failed goes to review, past a rule that approves`() throws {
    let judgement = Self.judge([
      try .make("trusted", "same_phone", .approve),
      try .make("broken", "cycle_length > 1 or same_phone", .approve),
    ])
    #expect(judgement.outcome == .review)
    #expect(judgement.rule == "broken")
    #expect(judgement.outcomes.map(\.result) == [.failed, .hit])
  }

  @Test func `a rule that failed in shadow changes nothing`() throws {
    let judgement = Self.judge([
      try .make("broken", "cycle_length > 1", .reject, weight: 100, mode: .shadow)
    ])
    #expect(judgement.outcome == .approve)
    #expect(judgement.outcomes.map(\.result) == [.failed])
  }

  @Test func `a score that rejects outweighs a rule that failed`() throws {
    let judgement = Self.judge([
      try .make("broken", "cycle_length > 1", .review), try .make("card", "same_card", weight: 100),
    ])
    #expect(judgement.outcome == .reject)
    #expect(judgement.rule == "score")
  }

  @Test func `the network alone never rejects`() throws {
    let byRule = Self.judge([try .make("ip", "same_ip", .reject)])
    #expect(byRule.outcome == .review)
    #expect(byRule.rule == "ip")
    let byScore = Self.judge([try .make("ip", "same_ip or same_phone", weight: 1_000)])
    #expect(byScore.outcome == .review)
    #expect(byScore.rule == "score")
    #expect(
      Self.judge([try .make("ip", "same_ip", weight: 1_000)], reviewAt: nil).outcome == .review)
    let byMore = Self.judge([
      try .make("ip", "same_ip", weight: 99), try .make("card", "same_card", weight: 1),
    ])
    #expect(byMore.outcome == .reject)
  }

  @Test func `without thresholds the score does nothing`() throws {
    let rules = [try Rule.make("card", "same_card", weight: 1_000)]
    #expect(Self.judge(rules, reviewAt: nil, rejectAt: nil).outcome == .approve)
  }

  @Test func `the rules on which an outcome hangs are known`() throws {
    func decisive(_ rules: [Rule], rejectAt: Int? = 100) -> [String] {
      let set = RuleSet(rules: rules, reviewAt: 50, rejectAt: rejectAt)
      return Judgement.of(Self.facts, by: set).decisiveRules(of: set)
    }
    // One of two that reject can go; the one that is alone cannot.
    let (phone, card) = (
      try Rule.make("phone", "same_phone", .reject), try Rule.make("card", "same_card", .reject)
    )
    #expect(decisive([phone, card]) == [])
    #expect(decisive([phone, try .make("doubt", "same_card", .review)]) == ["phone"])
    // Both are needed for the score.
    let halves = [
      try Rule.make("a", "same_phone", weight: 30), try Rule.make("b", "same_card", weight: 30),
      try Rule.make("c", "same_device", weight: 30),
    ]
    #expect(decisive(halves) == ["a", "b"])
    #expect(decisive(halves + [try .make("d", "same_phone", weight: 5)]) == ["a", "b"])
    // In shadow it is what would be another outcome.
    #expect(decisive([phone.with(.shadow)]) == ["phone"])
    #expect(decisive([phone.with(.shadow), card]) == ["card"])
    #expect(decisive([try .make("broken", "cycle_length > 1", .review)]) == ["broken"])
    #expect(decisive([try .make("trusted", "same_phone", .approve)]) == [])
  }
}
