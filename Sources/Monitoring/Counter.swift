/// A number of things that happened in this process, for each combination of label values.
package final class Counter: Sendable {
  private let name: String
  private let help: String
  private let series: Series<Int>

  /// A counter; its name ends in `_total`. More than `maximum` combinations of label values count
  /// as `other`.
  package init(_ name: String, labels: [String], help: String, maximum: Int = 200) {
    self.name = name
    self.help = help
    series = Series(labels: labels, maximum: maximum, initial: 0)
  }

  /// Counts one more; the labels' values in the order of their names.
  package func add(_ labels: String...) {
    series.update(labels) { $0 += 1 }
  }

  /// As it stands now.
  package var family: MetricFamily {
    MetricFamily(
      name, .counter, help: help,
      samples: series.all.map { .init(labels: $0.labels, value: Double($0.value)) })
  }
}
