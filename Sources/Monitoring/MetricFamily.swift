/// One metric with all its values, as the Prometheus text format 0.0.4 writes it
/// (https://prometheus.io/docs/instrumenting/exposition_formats/).
package struct MetricFamily: Sendable {
  /// The types of metrics that Laurel has.
  package enum Kind: String, Sendable {
    case counter, gauge, histogram
  }

  /// One value of the metric.
  package struct Sample: Sendable {
    /// What follows the metric's name, such as `_bucket`; most often nothing.
    let suffix: String
    /// The labels, in the order in which they are written.
    let labels: [(name: String, value: String)]
    /// The value.
    let value: Double

    /// A value under these labels.
    package init(
      suffix: String = "", labels: [(name: String, value: String)] = [], value: Double
    ) {
      self.suffix = suffix
      self.labels = labels
      self.value = value
    }
  }

  private let name: String
  private let kind: Kind
  private let help: String
  private let samples: [Sample]

  /// A metric; a counter's name ends in `_total`, and a unit, such as `_seconds`, stands in it.
  package init(_ name: String, _ kind: Kind, help: String, samples: [Sample]) {
    self.name = name
    self.kind = kind
    self.help = help
    self.samples = samples
  }

  /// The metric's lines, each with its end. A metric without values has none.
  package var text: String {
    guard !samples.isEmpty else { return "" }
    var text = "# HELP \(name) \(Self.escaped(help, quotes: false))\n"
    text += "# TYPE \(name) \(kind.rawValue)\n"
    for sample in samples {
      text += name + sample.suffix
      if !sample.labels.isEmpty {
        let labels = sample.labels.map { "\($0.name)=\"\(Self.escaped($0.value, quotes: true))\"" }
        text += "{\(labels.joined(separator: ","))}"
      }
      text += " \(Self.number(sample.value))\n"
    }
    return text
  }

  /// A backslash and a line's end are escaped, in a label's value the quotation mark too.
  private static func escaped(_ text: String, quotes: Bool) -> String {
    text.unicodeScalars.reduce(into: "") { escaped, scalar in
      switch scalar {
      case "\\": escaped += "\\\\"
      case "\n": escaped += "\\n"
      case "\"" where quotes: escaped += "\\\""
      default: escaped.unicodeScalars.append(scalar)
      }
    }
  }

  /// A number as the format takes it: whole ones without a point.
  static func number(_ value: Double) -> String {
    if value.isNaN { return "NaN" }
    if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
    return value == value.rounded() && abs(value) < 1e15 ? String(Int(value)) : String(value)
  }
}
