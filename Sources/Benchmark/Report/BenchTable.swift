import FoundationEssentials

/// The benchmark's result.
struct BenchTable {
  /// What was measured, in the sequence of the table.
  let figures: [Figure]

  /// Whether every goal is reached.
  var isReached: Bool { figures.allSatisfy { $0.isReached != false } }

  /// The table for people, with the figure of the round in the middle and, in brackets, of the lowest
  /// and the highest.
  var text: String {
    var lines = [["figure", "value", "reference", "value", "ratio", "goal", ""]]
    for figure in figures {
      let unit = figure.unit.isEmpty ? "" : " \(figure.unit)"
      lines.append([
        figure.name, Self.text(figure.value) + unit, figure.reference?.name ?? "",
        figure.reference.map { Self.text($0.value) + unit } ?? "",
        figure.ratio.map(Self.text) ?? "", Self.text(figure.goal),
        figure.isReached.map { $0 ? "yes" : "NO" } ?? "",
      ])
    }
    let widths = lines[0].indices.map { column in lines.map { $0[column].count }.max() ?? 0 }
    var rows = lines.map { line in
      let cells = zip(line, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }
      return "| " + cells.joined(separator: " | ") + " |"
    }
    let rules = widths.map { String(repeating: "-", count: $0 + 2) }
    rows.insert("|\(rules.joined(separator: "|"))|", at: 1)
    return rows.joined(separator: "\n")
  }

  /// The same for programs.
  /// - Throws: what encoding throws.
  func json() throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    let document = Document(reached: isReached, figures: figures.map(Line.init))
    return String(decoding: try encoder.encode(document), as: UTF8.self)
  }

  private static func text(_ series: Series) -> String {
    let range = series.range
    guard series.values.count > 1 else { return Number.text(series.median) }
    return "\(Number.text(series.median)) (\(Number.text(range.lowerBound)) to "
      + "\(Number.text(range.upperBound)))"
  }

  private static func text(_ goal: Figure.Goal?) -> String {
    switch goal {
    case nil: ""
    case .atLeast(let value): ">= \(Number.text(value))"
    case .atMost(let value): "<= \(Number.text(value))"
    }
  }
}

private struct Document: Encodable {
  let reached: Bool
  let figures: [Line]
}

/// One figure as JSON.
private struct Line: Encodable {
  struct Values: Encodable {
    let median: Double
    let lowest: Double
    let highest: Double
    let rounds: [Double]

    init(_ series: Series) {
      median = series.median
      lowest = series.range.lowerBound
      highest = series.range.upperBound
      rounds = series.values
    }
  }

  struct Reference: Encodable {
    let name: String
    let value: Values
  }

  let id: String
  let name: String
  let unit: String
  let value: Values
  let reference: Reference?
  let ratio: Values?
  let atLeast: Double?
  let atMost: Double?
  let reached: Bool?

  init(_ figure: Figure) {
    id = figure.id
    name = figure.name
    unit = figure.unit
    value = Values(figure.value)
    reference = figure.reference.map { Reference(name: $0.name, value: Values($0.value)) }
    ratio = figure.ratio.map(Values.init)
    atLeast = if case .atLeast(let value)? = figure.goal { value } else { nil }
    atMost = if case .atMost(let value)? = figure.goal { value } else { nil }
    reached = figure.isReached
  }
}
