import Rules

/// `laurel rules signals`: what a rule can ask, for whoever writes one.
package enum SignalList {
  private struct Line: Encodable {
    let name: String
    let type: String
    let example: String
    let purpose: String
  }

  /// Every signal with its type, an example and its paragraph.
  /// - Throws: what the output throws.
  package static func report(isJSON: Bool) throws -> CommandReport {
    let lines = Signal.allCases.map { signal in
      return Line(
        name: signal.name, type: signal.type.description, example: example(signal),
        purpose: signal.purpose)
    }
    if isJSON { return CommandReport(try CommandReport.json(lines)) }
    let paragraphs = lines.map {
      "\($0.name)  (\($0.type); for example: \($0.example))\n\(wrapped($0.purpose))"
    }
    return CommandReport(paragraphs.joined(separator: "\n\n"))
  }

  /// A condition with the signal.
  private static func example(_ signal: Signal) -> String {
    switch signal {
    // From 0 to 1.
    case .referrerFallenShare, .addressSimilarity, .nameSimilarity: "\(signal.name) >= 0.85"
    default:
      switch signal.type {
      case .flag: signal.name
      case .times: "\(signal.name)\(signal.type.example)"
      default: "\(signal.name) \(signal.type.example)"
      }
    }
  }

  /// The text in lines of at most 80 columns, set in by two.
  private static func wrapped(_ text: String) -> String {
    var lines: [String] = []
    for word in text.split(separator: " ") {
      if let line = lines.last, line.count + word.count < 80 {
        lines[lines.count - 1] = "\(line) \(word)"
      } else {
        lines.append("  \(word)")
      }
    }
    return lines.joined(separator: "\n")
  }
}
