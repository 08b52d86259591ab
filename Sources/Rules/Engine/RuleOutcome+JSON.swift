/// What the rules said as the ledger keeps it: an object by the names of the rules, with result, mode
/// and weight of each: `{"young_account":["hit","on",20]}`.
extension [Judgement.RuleOutcome] {
  /// The outcomes as they are kept.
  package var json: String {
    var writer = StoredJSONWriter()
    writer.open("{")
    for outcome in self {
      writer.name(outcome.rule)
      writer.open("[")
      writer.write(outcome.result.rawValue)
      writer.write(outcome.mode.rawValue)
      writer.write(Double(outcome.weight))
      writer.close("]")
    }
    writer.close("}")
    return writer.text
  }

  /// Reads outcomes that were kept.
  /// - Throws: `StoredJSONError` for what is no JSON, or no outcomes.
  package init(json: String) throws(StoredJSONError) {
    var reader = StoredJSONReader(json)
    var outcomes: [Judgement.RuleOutcome] = []
    try reader.object { (reader, name) throws(StoredJSONError) in
      outcomes.append(try reader.outcome(of: name))
    }
    try reader.end()
    self = outcomes
  }
}

extension StoredJSONReader {
  fileprivate mutating func outcome(
    of rule: String
  ) throws(StoredJSONError) -> Judgement.RuleOutcome {
    try expect("[")
    let result = Judgement.RuleOutcome.Result(rawValue: try string())
    try expect(",")
    let mode = Rule.Mode(rawValue: try string())
    try expect(",")
    let weight = Int(exactly: try number())
    try expect("]")
    guard let result, let mode, let weight else { throw fault("an outcome is none") }
    return Judgement.RuleOutcome(rule: rule, result: result, mode: mode, weight: weight)
  }
}
