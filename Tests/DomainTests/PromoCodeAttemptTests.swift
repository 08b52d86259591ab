import Domain
import Testing

@Suite struct PromoCodeAttemptTests {
  typealias Answer = PromoCodeAttempt.Answer
  typealias Call = PromoCodeAttempt.Call

  static func code(
    _ kind: RewardKind = .giftCard, rewardID: String? = "mine", isActive: Bool = true,
    isTombstone: Bool = false, isIncomplete: Bool = false
  ) -> StoredCode {
    StoredCode(
      kind: kind, id: "1", rewardID: rewardID, isActive: isActive, isTombstone: isTombstone,
      isIncomplete: isIncomplete)
  }

  /// Plays the answers and gives the calls that were made, and what came of it.
  static func play(
    _ goal: PromoCodeAttempt.Goal, isOverdue: Bool = false, _ answers: Answer...
  ) throws -> (calls: [Call], event: RewardLife.Event) {
    var attempt = PromoCodeAttempt(goal, rewardID: "mine", isOverdue: isOverdue)
    var step = attempt.start
    var calls: [Call] = []
    for answer in answers {
      guard case .call(let call) = step else { break }
      calls.append(call)
      step = attempt.next(after: answer)
    }
    guard case .over(let outcome) = step else {
      throw Unfinished(step: step)
    }
    return (calls, outcome.event)
  }

  struct Unfinished: Error { let step: PromoCodeAttempt.Step }

  static let timeout = Answer.failed(isRetryable: true, "no answer in time")

  @Test func aCardIsMadeWithOneCall() throws {
    let (calls, event) = try Self.play(.create, .created(Self.code()))
    #expect(calls == [.create(isActive: true)])
    #expect(event == .exists)
  }

  @Test func aVoucherIsThereWhenItIsListed() throws {
    let bare = Self.code(.voucher, isIncomplete: true)
    let (calls, event) = try Self.play(.create, .created(bare), .done)
    #expect(calls == [.create(isActive: true), .complete(bare)])
    #expect(event == .exists)
    #expect(try Self.play(.create, .created(bare), Self.timeout).event == .unclear)
    #expect(try Self.play(.create, .created(bare), .refused("no")).event == .refused)
    #expect(try Self.play(.create, .codeTaken, .found(bare), .done).event == .exists)
  }

  @Test func aTakenCodeIsOurs() throws {
    let (calls, event) = try Self.play(.create, .codeTaken, .found(Self.code()))
    #expect(calls == [.create(isActive: true), .find])
    #expect(event == .exists)
    let nameless = Self.code(rewardID: nil)
    #expect(try Self.play(.create, .codeTaken, .found(nameless)).event == .exists)
    // Staff switched it off: it stays off, and nothing is listed.
    for kind in RewardKind.allCases {
      let off = Self.code(kind, isActive: false, isIncomplete: kind == .voucher)
      #expect(try Self.play(.create, .codeTaken, .found(off)).event == .exists)
    }
  }

  @Test func aTombstoneStaysOne() throws {
    let tombstone = Self.code(isActive: false, isTombstone: true)
    #expect(try Self.play(.create, .codeTaken, .found(tombstone)).event == .silenced)
  }

  @Test func aContradictionIsForHumans() throws {
    for goal in PromoCodeAttempt.Goal.allCases {
      let alien = Self.code(rewardID: "another")
      #expect(try Self.play(goal, .codeTaken, .found(alien)).event == .contradicted)
    }
  }

  @Test func aLookThatFindsNothingProvesNothing() throws {
    for goal in PromoCodeAttempt.Goal.allCases {
      #expect(try Self.play(goal, .codeTaken, .notFound).event == .unclear)
      #expect(
        try Self.play(goal, isOverdue: true, .codeTaken, .notFound).event == .outOfPatience)
    }
  }

  @Test func anUnknownAnswerIsTriedAgainUntilPatienceEnds() throws {
    for goal in PromoCodeAttempt.Goal.allCases {
      #expect(try Self.play(goal, Self.timeout).event == .unclear)
      #expect(try Self.play(goal, isOverdue: true, Self.timeout).event == .outOfPatience)
      #expect(try Self.play(goal, .codeTaken, Self.timeout).event == .unclear)
    }
    let malformed = Answer.failed(isRetryable: false, "malformed")
    #expect(try Self.play(.create, malformed).event == .refused)
    // Money may be out: whatever the error, taking back goes on.
    #expect(try Self.play(.silence, malformed).event == .unclear)
    #expect(try Self.play(.silence, isOverdue: true, malformed).event == .outOfPatience)
  }

  @Test func whatIsRefusedNowMayHaveBeenMadeBefore() throws {
    let (calls, event) = try Self.play(.create, .refused("no channel"), .found(Self.code()))
    #expect(calls == [.create(isActive: true), .find])
    #expect(event == .exists)
    #expect(try Self.play(.create, .refused("no channel"), .notFound).event == .refused)
  }

  @Test func takingBackMakesATombstoneOrSwitchesOff() throws {
    let (calls, event) = try Self.play(.silence, .created(Self.code(isActive: false)))
    #expect(calls == [.create(isActive: false)])
    #expect(event == .silenced)
    for isActive in [true, false] {
      let found = Self.code(isActive: isActive)
      let (calls, event) = try Self.play(.silence, .codeTaken, .found(found), .done)
      #expect(calls == [.create(isActive: false), .find, .silence(found)])
      #expect(event == .silenced)
      #expect(try Self.play(.silence, .codeTaken, .found(found), Self.timeout).event == .unclear)
      #expect(try Self.play(.silence, .codeTaken, .found(found), .gone).event == .unclear)
      #expect(
        try Self.play(.silence, .codeTaken, .found(found), .refused("no")).event == .unclear)
    }
  }

  @Test func takingBackBelievesARefusalOnlyAfterAWhile() throws {
    #expect(try Self.play(.silence, .refused("no"), .notFound).event == .unclear)
    #expect(try Self.play(.silence, isOverdue: true, .refused("no"), .notFound).event == .refused)
    #expect(
      try Self.play(.silence, isOverdue: true, .refused("no"), .found(Self.code()), .done).event
        == .silenced)
  }

  @Test func takingBackNeverAsksForAnythingActive() {
    let code = Self.code()
    let answers: [Answer] = [
      .created(code), .codeTaken, .found(code), .notFound, .done, .gone, .refused("no"),
      Self.timeout,
    ]
    func check(_ attempt: PromoCodeAttempt, _ step: PromoCodeAttempt.Step, depth: Int) {
      guard case .call(let call) = step else { return }
      #expect(call != .create(isActive: true) && call != .complete(code))
      guard depth < 5 else { return }
      for answer in answers {
        var next = attempt
        let step = next.next(after: answer)
        check(next, step, depth: depth + 1)
      }
    }
    let attempt = PromoCodeAttempt(.silence, rewardID: "mine", isOverdue: false)
    check(attempt, attempt.start, depth: 0)
  }
}
