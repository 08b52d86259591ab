/// How many runs went.
struct Summary: Sendable {
  private(set) var seeds = 0
  private(set) var orders = 0
  private(set) var due = 0
  private(set) var faults = [Int](repeating: 0, count: Fault.allCases.count)
  private(set) var violations: [Violation.Promise: Int] = [:]
  private(set) var failures: [Int] = []
  private(set) var longest = 0

  /// Runs these seeds, two at once.
  static func of(_ seeds: Range<Int>, in world: GivenWorld) async -> Summary {
    let middle = seeds.lowerBound + seeds.count / 2
    async let first = runs(seeds.lowerBound..<middle, in: world)
    async let second = runs(middle..<seeds.upperBound, in: world)
    var summary = await first
    summary.add(await second)
    return summary
  }

  @concurrent private static func runs(_ seeds: Range<Int>, in world: GivenWorld) async -> Summary {
    var summary = Summary()
    for seed in seeds { summary.add(Simulation(seed: seed, world: world).run()) }
    return summary
  }

  private mutating func add(_ report: RunReport) {
    seeds += 1
    orders += report.orders
    due += report.due
    for fault in faults.indices { faults[fault] += report.faults[fault] }
    for violation in report.violations { violations[violation.promise, default: 0] += 1 }
    if !report.violations.isEmpty { failures.append(report.seed) }
    longest = max(longest, report.settledAfter ?? 0)
  }

  private mutating func add(_ other: Summary) {
    seeds += other.seeds
    orders += other.orders
    due += other.due
    for fault in faults.indices { faults[fault] += other.faults[fault] }
    violations.merge(other.violations, uniquingKeysWith: +)
    failures += other.failures
    longest = max(longest, other.longest)
  }

  /// What went wrong in a seed, and how it came to that.
  static func story(of seed: Int) throws -> String {
    let report = try Simulation(seed: seed, world: GivenWorld(), isTold: true).run()
    let lines = ["seed \(seed)"] + report.violations.map(\.description) + report.story
    return lines.joined(separator: "\n  ")
  }

  /// The account of it.
  func table(took duration: Duration) -> String {
    let milliseconds = Double(duration.milliseconds) / Double(max(1, seeds))
    var lines = ["", "| fault | how often |", "|---|---:|"]
    for fault in Fault.allCases { lines.append("| \(fault.name) | \(faults[fault.rawValue]) |") }
    lines += [
      "",
      "| seeds | orders | rewards due | lost | doubled | active after take-back | half decided "
        + "| milestones | budgets | other |",
      "|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|",
      "| \(seeds) | \(orders) | \(due) "
        + [.lost, .doubled, .activeAfterTakeBack, .halfDone, .milestone, .budgetPassed]
        .map { (promise: Violation.Promise) in "| \(violations[promise] ?? 0) " }.joined()
        + "| \((violations[.notDue] ?? 0) + (violations[.notSettled] ?? 0)) |",
      "",
      "settled at most \(longest / 60_000) minutes after the storm; \(duration), "
        + "\(milliseconds) ms a seed",
    ]
    return lines.joined(separator: "\n")
  }
}
