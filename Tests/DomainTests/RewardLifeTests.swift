import Domain
import Testing

@Suite struct RewardLifeTests {
  typealias State = RewardLife.State
  typealias Event = RewardLife.Event

  /// Every pair that changes something or has something done; all others change nothing.
  static let table: [State: [Event: (state: State, effects: [RewardLife.Effect])]] = [
    .pending: [
      .claimed: (.creating, [.create]), .exists: (.issued, [.confirm]),
      .takenBack: (.rejected, []), .restored: (.creating, [.retryLater]),
    ],
    .creating: [
      .claimed: (.creating, [.create]), .exists: (.issued, [.confirm]),
      .unclear: (.creating, [.retryLater]), .refused: (.dead, [.report]),
      .contradicted: (.dead, [.report]), .outOfPatience: (.dead, [.report]),
      .takenBack: (.revoking, [.silence]), .silenced: (.revoked, [.report]),
    ],
    .issued: [
      .delivered: (.delivered, []), .spent: (.used, []), .ranOut: (.expired, []),
      .takenBack: (.revoking, [.silence]),
    ],
    .delivered: [
      .spent: (.used, []), .ranOut: (.expired, []), .takenBack: (.revoking, [.silence]),
    ],
    .used: [.takenBack: (.revoking, [.silence])],
    .expired: [.spent: (.used, []), .takenBack: (.revoking, [.silence])],
    .revoking: [
      .claimed: (.revoking, [.silence]), .unclear: (.revoking, [.retryLater]),
      .outOfPatience: (.revoking, [.report, .retryLater]),
      .contradicted: (.revoking, [.report, .retryLater]),
      .silenced: (.revoked, [.account]), .refused: (.revoked, [.account, .report]),
    ],
    .revoked: [.revived: (.revoking, [.report, .silence])],
    .rejected: [:],
    .dead: [
      .exists: (.issued, [.confirm]), .takenBack: (.revoking, [.silence]),
      .retried: (.creating, [.retryLater]),
    ],
  ]

  @Test(arguments: State.allCases, Event.allCases)
  func everyPairHasItsAnswer(_ state: State, _ event: Event) throws {
    let row = try #require(Self.table[state])
    let expected = row[event] ?? (state, [])
    let next = RewardLife.next(state, event)
    #expect(next.state == expected.state)
    #expect(next.effects == expected.effects)
  }

  @Test func whatIsTakenBackNeverComesToLife() {
    #expect(Self.reachable(from: [.revoking]) == [.revoking, .revoked])
    #expect(Self.reachable(from: [.revoked]) == [.revoking, .revoked])
    #expect(Self.reachable(from: [.rejected]) == [.rejected])
    for state in [State.revoking, .revoked, .rejected] {
      for event in Event.allCases {
        #expect(!RewardLife.next(state, event).effects.contains(.create))
        #expect(!RewardLife.next(state, event).effects.contains(.confirm))
      }
    }
  }

  @Test func whatTheStoreMayHaveHeardOfIsNeverForgotten() {
    // Once a create may be under way, only the store's word ends the matter.
    #expect(!Self.reachable(from: [.creating]).contains(.pending))
    #expect(!Self.reachable(from: [.creating]).contains(.rejected))
    for state in State.allCases where state != .pending && state != .rejected {
      let next = RewardLife.next(state, .takenBack).state
      #expect(next == .revoking || next == .revoked)
    }
  }

  @Test func onlyAClaimHasTheStoreAsked() {
    for state in State.allCases {
      for event in Event.allCases where event != .claimed {
        #expect(!RewardLife.next(state, event).effects.contains(.create))
      }
    }
  }

  @Test func nothingWaitsForEver() {
    // What a worker still has to do says so, and what it does leads to an end.
    for state in [State.creating, .revoking] {
      #expect(!RewardLife.next(state, .claimed).effects.isEmpty)
      for event in [Event.unclear, .outOfPatience, .contradicted] {
        let next = RewardLife.next(state, event)
        #expect(next.state == .dead || next.effects.contains(.retryLater))
      }
    }
  }

  @Test func aRewardBeginsAsItsLedgerKnows() {
    #expect(RewardLife.birth(.due, storeMayKnow: false) == .pending)
    #expect(RewardLife.birth(.due, storeMayKnow: true) == .creating)
    #expect(RewardLife.birth(.fell, storeMayKnow: false) == nil)
    #expect(RewardLife.birth(.fell, storeMayKnow: true) == .revoking)
    #expect(RewardLife.birth(.notDue, storeMayKnow: false) == nil)
    #expect(RewardLife.birth(.notDue, storeMayKnow: true) == nil)
  }

  private static func reachable(from start: Set<State>) -> Set<State> {
    var states = start
    while true {
      let next = states.union(
        states.flatMap { state in Event.allCases.map { RewardLife.next(state, $0).state } })
      if next == states { return states }
      states = next
    }
  }
}
