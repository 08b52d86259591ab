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
      let (type, example) = describe(signal)
      return Line(name: signal.name, type: type, example: example, purpose: signal.purpose)
    }
    if isJSON { return CommandReport(try CommandReport.json(lines)) }
    let paragraphs = lines.map {
      "\($0.name)  (\($0.type); for example: \($0.example))\n\(wrapped($0.purpose))"
    }
    return CommandReport(paragraphs.joined(separator: "\n\n"))
  }

  private static func describe(_ signal: Signal) -> (type: String, example: String) {
    let name = signal.name
    return switch signal.type {
    case .flag: ("yes or no", "\(name), or: not \(name)")
    case .number: ("a number", "\(name) >= \(isShare(signal) ? "0.5" : "2")")
    case .money: ("an amount", "\(name) > 500 USD")
    case .duration: ("a length of time", "\(name) < 24h")
    case .times: ("a number within a window", "\(name)(1h) >= 5")
    case .text(let kind):
      ("a text", "\(name) == \"\(value(kind))\", or: \(name) in my_list")
    }
  }

  private static func isShare(_ signal: Signal) -> Bool {
    [.referrerFallenShare, .addressSimilarity, .nameSimilarity].contains(signal)
  }

  private static func value(_ kind: TextKind) -> String {
    switch kind {
    case .user: "VXNlcjox"
    case .address: "carol@example.com"
    case .domain: "example.com"
    case .network: "192.0.2.7"
    case .code: "ALICE10"
    case .country: "DE"
    case .channel: "default-channel"
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
