import FoundationEssentials

/// What the rules said, as it is kept with a decision.
extension Judgement {
  private struct Said: Codable {
    let result: String
    let mode: String
    let weight: Int
  }

  /// The rules that hit, those in shadow too.
  package var hits: [String] { outcomes.filter { $0.result == .hit }.map(\.rule) }

  /// What each rule said: a JSON object by rule, its keys sorted.
  /// - Throws: `EncodingError`.
  package func keptOutcomes() throws -> String {
    let said = Dictionary(
      outcomes.map {
        ($0.rule, Said(result: $0.result.rawValue, mode: $0.mode.rawValue, weight: $0.weight))
      }
    ) { first, _ in first }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    return String(decoding: try encoder.encode(said), as: UTF8.self)
  }

  /// Reads what `keptOutcomes` wrote, sorted by the rules' names.
  /// - Throws: `DecodingError`.
  package static func outcomes(kept text: String) throws -> [RuleOutcome] {
    try JSONDecoder().decode([String: Said].self, from: Data(text.utf8))
      .sorted { $0.key < $1.key }
      .map { name, said in
        guard let result = RuleOutcome.Result(rawValue: said.result),
          let mode = Rule.Mode(rawValue: said.mode)
        else {
          throw DecodingError.dataCorrupted(
            .init(codingPath: [], debugDescription: "\(name) has an unknown result or mode"))
        }
        return RuleOutcome(rule: name, result: result, mode: mode, weight: said.weight)
      }
  }
}
