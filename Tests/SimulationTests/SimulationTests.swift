import FoundationEssentials
import Testing

/// Runs the protocol on simulated shops. `SIMULATION_SEEDS` says how many (1,000), and
/// `SIMULATION_FIRST_SEED` from which seed on (1); of a single one the story is told.
@Suite struct SimulationTests {
  @Test func nothingIsLostOrDoubledOrOutlivesItsOrder() async throws {
    let environment = ProcessInfo.processInfo.environment
    let count = try #require(Int(environment["SIMULATION_SEEDS"] ?? "1000"))
    let first = try #require(Int(environment["SIMULATION_FIRST_SEED"] ?? "1"))
    try #require(count > 0)

    let clock = ContinuousClock()
    let start = clock.now
    let summary = await Summary.of(first..<first + count, in: try GivenWorld())
    print(summary.table(took: clock.now - start))

    if count == 1 { print(try Summary.story(of: first)) }
    for seed in summary.failures.prefix(3) where count > 1 {
      Issue.record(Comment(rawValue: try Summary.story(of: seed)))
    }
    #expect(summary.failures.isEmpty)
    #expect(summary.seeds == count)
    // A storm in which something never happens proves nothing about it.
    if count >= 1000 {
      for fault in Fault.allCases { #expect(summary.faults[fault.rawValue] > 0, "\(fault)") }
    }
  }

  @Test func aSeedIsTheSameStoryEachTime() throws {
    let world = try GivenWorld()
    var stories: Set<[String]> = []
    for seed in 1...20 {
      let first = Simulation(seed: seed, world: world, isTold: true).run()
      let second = Simulation(seed: seed, world: world, isTold: true).run()
      let silent = Simulation(seed: seed, world: world).run()
      #expect(!first.story.isEmpty)
      #expect(first.story == second.story)
      #expect(first.faults == silent.faults)
      #expect(first.settledAfter == silent.settledAfter)
      stories.insert(first.story)
    }
    #expect(stories.count == 20)
  }

  @Test(arguments: Sabotage.allCases) func theProofCanFail(_ sabotage: Sabotage) throws {
    let world = try GivenWorld()
    let found = (1...2000).lazy
      .map { Simulation(seed: $0, world: world, sabotage: [sabotage]).run() }
      .first { !$0.violations.isEmpty }
    let report = try #require(found, "\(sabotage) was not found in 2,000 seeds")
    print("\(sabotage): found with seed \(report.seed): \(report.violations[0])")
  }
}
