import FoundationEssentials

/// What `laurel doctor` found, for people and for programs.
struct DoctorReport: Encodable, Sendable {
  /// One finding.
  struct Line: Encodable, Sendable {
    let check: String
    let state: Finding.State
    let finding: String
    let advice: String?
  }

  /// Whether nothing is wrong. Warnings are no fault.
  let isWell: Bool
  /// The findings, in the order of the checks.
  let checks: [Line]

  init(_ results: [Check.Result]) {
    checks = results.flatMap { result in
      result.findings.map { finding in
        Line(
          check: result.name, state: finding.state, finding: finding.sentence,
          advice: finding.advice)
      }
    }
    isWell = !checks.contains { $0.state == .wrong }
  }

  /// The findings for people: a line each, and below it what to do.
  var text: String {
    var table = TextTable()
    for line in checks {
      table.add([line.state.rawValue, line.check, line.finding])
      if let advice = line.advice { table.add(["", "", "-> \(advice)"]) }
    }
    return table.text
  }

  /// What fails the command.
  var failures: [String] {
    let count = checks.count { $0.state == .wrong }
    return count == 0 ? [] : ["\(count) \(count == 1 ? "thing is" : "things are") wrong"]
  }
}
