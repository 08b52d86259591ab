import NIOConcurrencyHelpers
import Testing
import Work

@Suite struct RunGateTests {
  /// What was seen to run at the same time.
  private struct Sight {
    var together = 0
    var isAlone = false
    var most = 0
    var collisions = 0
    /// What came to its end, in that sequence.
    var ended: [String] = []

    mutating func begin(alone: Bool) {
      if isAlone || alone && together > 0 { collisions += 1 }
      if alone { isAlone = true } else { together += 1 }
      most = max(most, together)
    }

    mutating func end(alone: Bool) {
      if alone { isAlone = false } else { together -= 1 }
      ended.append(alone ? "alone" : "together")
    }
  }

  @Test(.timeLimit(.minutes(1))) func nothingRunsBesideWhatRunsAlone() async {
    let gate = RunGate()
    let sight = NIOLockedValueBox(Sight())
    await withTaskGroup { group in
      for number in 0..<400 {
        let alone = number % 10 == 3
        let pause = Duration.microseconds(Int.random(in: 0...3000))
        group.addTask {
          func work() async {
            sight.withLockedValue { $0.begin(alone: alone) }
            try? await Task.sleep(for: pause)
            sight.withLockedValue { $0.end(alone: alone) }
          }
          if alone { await gate.alone(work) } else { await gate.together(work) }
        }
      }
    }
    let seen = sight.withLockedValue { $0 }
    #expect(seen.collisions == 0 && seen.ended.count == 400)
    #expect(seen.most > 10, "the others do not run side by side")
  }

  @Test(.timeLimit(.minutes(1))) func theOthersHaveTheirTurnInBetween() async {
    let gate = RunGate()
    let sight = NIOLockedValueBox(Sight())
    let pause = Duration.milliseconds(20)
    await withTaskGroup { group in
      // Work that always comes again, as a full queue does.
      for _ in 0..<4 {
        group.addTask {
          while !Task.isCancelled {
            await gate.together { try? await Task.sleep(for: .milliseconds(2)) }
            sight.withLockedValue { $0.ended.append("together") }
          }
        }
      }
      await withTaskGroup { lone in
        for _ in 0..<8 {
          lone.addTask {
            await gate.alone { try? await Task.sleep(for: pause) }
            sight.withLockedValue { $0.ended.append("alone") }
          }
        }
      }
      group.cancelAll()
    }
    let ended = sight.withLockedValue { $0.ended }
    let turns = ended.split(separator: "alone", omittingEmptySubsequences: false)
    #expect(turns.count == 9)
    #expect(turns.dropFirst().dropLast().allSatisfy { $0.count >= 4 }, "\(turns.map(\.count))")
  }

  @Test func whatThrowsLeavesToo() async {
    struct Failure: Error {}
    let gate = RunGate()
    await #expect(throws: Failure.self) { try await gate.together { throw Failure() } }
    var hasRun = false
    await gate.alone { hasRun = true }
    #expect(hasRun)
  }
}
