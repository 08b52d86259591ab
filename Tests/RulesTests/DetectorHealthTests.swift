import Rules
import Testing

/// Whether the rules still see what they used to see.
@Suite struct DetectorHealthTests {
  private static func tally(
    _ approved: Int, _ reviewed: Int = 0, _ rejected: Int = 0, hits: [String: Int] = [:]
  ) -> DecisionTally {
    DecisionTally(
      outcomes: [.approve: approved, .review: reviewed, .reject: rejected], hits: hits,
      asked: approved + reviewed + rejected)
  }

  @Test(arguments: [
    // 1,400 cases with 140 hits, then 100 cases: 10 hits are due.
    (140, 1_400, 0, 100, 10.0), (139, 1_400, 0, 100, nil), (140, 1_400, 0, 99, nil),
    (140, 1_400, 1, 100, nil), (1_400, 1_400, 0, 9, nil), (1_400, 1_400, 0, 10, 10),
    (0, 1_400, 0, 100_000, nil), (0, 0, 0, 100, nil), (14, 1_400, 0, 0, nil),
    (14_000, 1_400_000, 0, 1_000, 10),
  ])
  func aRuleIsSilentWhenTenHitsAreDueAndNoneComes(
    hitsBefore: Int, before: Int, hitsNow: Int, now: Int, expected: Double?
  ) {
    let health = DetectorHealth(
      recent: Self.tally(now, hits: ["ring": hitsNow]),
      earlier: Self.tally(before, hits: ["ring": hitsBefore]))
    #expect(health.silentRules(of: ["ring"]).map(\.name) == (expected == nil ? [] : ["ring"]))
    #expect(health.silentRules(of: ["ring"]).first?.expected == expected)
    #expect(health.silentRules(of: []).isEmpty)
  }

  @Test func onlyRulesThatAreAskedTodayCanBeSilent() {
    let health = DetectorHealth(
      recent: Self.tally(1_000),
      earlier: Self.tally(1_000, hits: ["gone": 900, "ring": 900, "a": 900]))
    #expect(health.silentRules(of: ["ring", "a", "new"]).map(\.name) == ["a", "ring"])
  }

  @Test(arguments: [
    // As before.
    (1_000, 50, 100, 5, false),
    // From 5 to 20 of a hundred.
    (950, 50, 80, 20, true),
    // The same shares of 49 decisions only.
    (950, 50, 40, 9, false), (39, 10, 800, 200, false),
    // Of few decisions, too little to be sure.
    (950, 50, 45, 6, false),
    // Of many, sure but too little to matter: from 5 to 9 of a hundred.
    (95_000, 5_000, 9_100, 900, false), (95_000, 5_000, 8_900, 1_100, true),
    // None of what there was.
    (500, 500, 100, 0, true), (0, 1_000, 0, 100, false), (1_000, 0, 100, 0, false),
  ])
  func anOutcomeJumpsWhenBothTestsSaySo(
    approvedBefore: Int, rejectedBefore: Int, approved: Int, rejected: Int, jumps: Bool
  ) {
    let health = DetectorHealth(
      recent: Self.tally(approved, 0, rejected),
      earlier: Self.tally(approvedBefore, 0, rejectedBefore))
    #expect(health.shifts.map(\.outcome) == (jumps ? [.approve, .reject] : []))
  }

  @Test func aShiftSaysFromWhereToWhere() throws {
    let health = DetectorHealth(
      recent: Self.tally(60, 40), earlier: Self.tally(900, 100))
    let shift = try #require(health.shifts.last)
    #expect(shift.outcome == .review && shift.before == 0.1 && shift.now == 0.4)
    #expect(DetectorHealth(recent: .init(), earlier: .init()).shifts.isEmpty)
  }
}
