import App
import ArgumentParser
import FoundationEssentials
import Rules
import Signing

/// `laurel-bench rules`: how long a decision takes with the facts at hand.
struct RulesBenchmark: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rules",
    abstract: "Judges cases by a file of rules, and reads and writes their facts.",
    discussion: """
      Every rule is asked as it stands in the file, in shadow or not. Prints microseconds for one \
      case on one core, the round in the middle of all, the fastest and the slowest, and beside each \
      how many times as long as a plain reference it takes: the SHA-256 digest of 3,500 bytes.
      """)

  @Argument(help: "The file of rules.")
  var file = "config/laurel.yaml"

  @Option(help: "How many rounds, 1 to 1000.")
  var rounds = 15

  func validate() throws {
    guard (1...1_000).contains(rounds) else {
      throw ValidationError("--rounds must be a number from 1 to 1000.")
    }
  }

  func run() throws {
    let rules = try BenchmarkedRules.read(file)
    let cases = BenchmarkCases.all
    let texts = cases.map(\.json)
    let bytes = [UInt8](repeating: 0x61, count: 3_500)
    let count = 2_000
    let reference = try Measurement(rounds: rounds, of: count) { _ in _ = try SHA256.hash(bytes) }
    print("rules: \(rules.rules.count), cases: \(cases.count), rounds: \(rounds) of \(count)")
    print("reference, SHA-256 of 3500 bytes: \(reference.text)")

    var outcomes: [Rule.Verdict: Int] = [:]
    show(
      "judge", reference,
      Measurement(rounds: rounds, of: count) { index in
        let judgement = Judgement.of(cases[index % cases.count], by: rules)
        outcomes[judgement.outcome, default: 0] += 1
      })
    var length = 0
    show(
      "write facts", reference,
      Measurement(rounds: rounds, of: count) { index in
        length += cases[index % cases.count].json.utf8.count
      })
    show(
      "read facts", reference,
      try Measurement(rounds: rounds, of: count) { index in
        if try FactSheet(json: texts[index % texts.count])[.orderValue] == nil { length += 1 }
      })
    let judgements = cases.map { Judgement.of($0, by: rules) }
    show(
      "write outcomes", reference,
      Measurement(rounds: rounds, of: count) { index in
        length += judgements[index % judgements.count].outcomes.json.utf8.count
      })
    let total = max(1, outcomes.values.reduce(0, +))
    let shares = Rule.Verdict.allCases.map {
      "\($0.rawValue) \((outcomes[$0] ?? 0) * 100 / total)%"
    }
    print("outcomes: \(shares.joined(separator: ", "))")
  }

  private func show(_ name: String, _ reference: Measurement, _ measurement: Measurement) {
    let ratio = Number.text(measurement.median / max(reference.median, 0.001))
    print("\(name): \(measurement.text), \(ratio) of the reference")
  }
}
