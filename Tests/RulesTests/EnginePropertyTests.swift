import RandomTesting
import Rules
import Testing

/// What holds for all rules and all facts, tried with drawn ones.
@Suite struct EnginePropertyTests {
  static let draws = 2_000

  @Test func `the same facts give the same answer, also after they were kept`() throws {
    var generator = SeededGenerator(seed: 11)
    var outcomes: Set<Rule.Verdict> = []
    for _ in 0..<Self.draws {
      let (facts, set) = (generator.facts(), try generator.set())
      let judgement = Judgement.of(facts, by: set)
      #expect(Judgement.of(facts, by: set) == judgement)
      #expect(Judgement.of(try FactSheet(json: facts.json), by: set) == judgement)
      outcomes.insert(judgement.outcome)
    }
    #expect(outcomes == Set(Rule.Verdict.allCases))
  }

  @Test func `the order of rules does not matter`() throws {
    var generator = SeededGenerator(seed: 12)
    for _ in 0..<Self.draws {
      let (facts, set) = (generator.facts(), try generator.set())
      let shuffled = set.with(set.rules.shuffled(using: &generator))
      #expect(Judgement.of(facts, by: shuffled) == Judgement.of(facts, by: set))
    }
  }

  @Test func `a rule in shadow never changes an outcome`() throws {
    var generator = SeededGenerator(seed: 13)
    for _ in 0..<Self.draws {
      let (facts, set) = (generator.facts(), try generator.set())
      let acting = set.with(set.rules.filter { $0.mode == .on })
      let shadow = try generator.rule("another").with(.shadow)
      let without = Judgement.of(facts, by: acting)
      let with = Judgement.of(facts, by: set.with(set.rules + [shadow]))
      #expect(with.outcome == without.outcome)
      #expect(with.score == without.score)
      #expect(with.rule == without.rule)
      #expect(with.reason == without.reason)
      #expect(with.outcomes.filter { $0.mode == .on } == without.outcomes)
    }
  }

  @Test func `another rule that rejects never turns a rejection into an approval`() throws {
    var generator = SeededGenerator(seed: 14)
    var rejected = 0
    for _ in 0..<Self.draws {
      let (facts, set) = (generator.facts(), try generator.set())
      guard Judgement.of(facts, by: set).outcome == .reject else { continue }
      rejected += 1
      let another = try generator.rule("another", verdict: .reject)
      let outcome = Judgement.of(facts, by: set.with(set.rules + [another])).outcome
      #expect(outcome == .reject)
    }
    #expect(rejected > 100)
  }

  @Test func `by the network alone nothing is ever rejected`() throws {
    var generator = SeededGenerator(seed: 15)
    var reviewed = 0
    for _ in 0..<Self.draws {
      let (drawn, set) = (generator.facts(), try generator.set())
      var facts = FactSheet()
      for signal in Signal.ofNetwork where !drawn.misfits.contains(signal) {
        facts[signal] = drawn[signal]
      }
      let outcome = Judgement.of(facts, by: set).outcome
      #expect(outcome != .reject)
      if outcome == .review { reviewed += 1 }
    }
    #expect(reviewed > 0)
  }

  @Test func `one more fact never turns a yes into a no`() throws {
    var generator = SeededGenerator(seed: 16)
    for _ in 0..<Self.draws {
      let condition = try Condition(generator.condition())
      let facts = generator.facts()
      guard facts.misfits.isEmpty else { continue }
      var fewer = facts
      fewer[generator.element(Signal.allCases)] = nil
      let answer = condition.holds(for: fewer)
      #expect(answer == .unknown || answer == condition.holds(for: facts))
    }
  }

  @Test func `facts and outcomes are the same after they were kept`() throws {
    var generator = SeededGenerator(seed: 17)
    for _ in 0..<Self.draws {
      let facts = generator.facts()
      #expect(try FactSheet(json: facts.json) == facts)
      #expect(try FactSheet(json: facts.json).json == facts.json)
      let outcomes = Judgement.of(facts, by: try generator.set()).outcomes
      #expect(try [Judgement.RuleOutcome](json: outcomes.json) == outcomes)
    }
  }

  @Test func `no bytes break the reader of facts`() throws {
    var generator = SeededGenerator(seed: 18)
    for _ in 0..<Self.draws {
      var bytes = Array(generator.facts().json.utf8)
      for _ in 0..<generator.number(1, 3) where !bytes.isEmpty {
        let place = generator.number(0, bytes.count - 1)
        if generator.chance(50) {
          bytes[place] = UInt8(generator.number(0, 255))
        } else {
          bytes.removeSubrange(place...)
        }
      }
      let json = String(decoding: bytes, as: UTF8.self)
      do throws(StoredJSONError) {
        _ = try FactSheet(json: json)
      } catch {
        #expect((0...json.utf8.count + 1).contains(error.offset))
      }
    }
  }
}
