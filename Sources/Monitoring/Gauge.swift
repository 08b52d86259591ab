import NIOConcurrencyHelpers

/// A value that goes up and down, for each combination of label values; the first label says whose
/// it is.
package final class Gauge: Sendable {
  private let name: String
  private let labels: [String]
  private let help: String
  private let values = NIOLockedValueBox<[[String]: Double]>([:])

  /// A gauge without values.
  package init(_ name: String, labels: [String], help: String) {
    self.name = name
    self.labels = labels
    self.help = help
  }

  /// Puts other values in place of all whose first label is `owner`; each by its further labels.
  package func replace(of owner: String, by new: [String: Double]) {
    values.withLockedValue { values in
      values = values.filter { $0.key.first != owner }
      for (label, value) in new { values[[owner, label]] = value }
    }
  }

  /// As it stands now.
  package var family: MetricFamily {
    let sorted = values.withLockedValue { $0 }.sorted { $0.key.lexicographicallyPrecedes($1.key) }
    return MetricFamily(
      name, .gauge, help: help,
      samples: sorted.map { key, value in
        .init(labels: zip(labels, key).map { (name: $0, value: $1) }, value: value)
      })
  }
}
