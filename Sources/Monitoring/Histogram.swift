/// How long things took in this process, for each combination of label values.
package final class Histogram: Sendable {
  private struct Observations: Sendable {
    /// How many there were up to each bound and above the bound before it; the last one has none.
    var counts: [Int]
    var sum = 0.0
  }

  private let name: String
  private let help: String
  private let bounds: [Double]
  private let series: Series<Observations>

  /// A histogram of seconds; its name ends in `_seconds`. `bounds` are the upper bounds of its
  /// buckets, growing; there is one more for what lies above them.
  package init(
    _ name: String, labels: [String], bounds: [Double], help: String, maximum: Int = 200
  ) {
    self.name = name
    self.help = help
    self.bounds = bounds
    series = Series(
      labels: labels, maximum: maximum,
      initial: Observations(counts: [Int](repeating: 0, count: bounds.count + 1)))
  }

  /// Adds one observation; the labels' values in the order of their names.
  package func observe(_ duration: Duration, _ labels: String...) {
    let seconds = duration / .seconds(1)
    let bucket = bounds.firstIndex { seconds <= $0 } ?? bounds.count
    series.update(labels) { observations in
      observations.counts[bucket] += 1
      observations.sum += seconds
    }
  }

  /// As it stands now. Each bucket counts those below it too, as the format wants it.
  package var family: MetricFamily {
    MetricFamily(
      name, .histogram, help: help,
      samples: series.all.flatMap { labels, observations in
        var samples: [MetricFamily.Sample] = []
        var count = 0
        for (bound, here) in zip(bounds + [.infinity], observations.counts) {
          count += here
          samples.append(
            .init(
              suffix: "_bucket", labels: labels + [("le", MetricFamily.number(bound))],
              value: Double(count)))
        }
        samples.append(.init(suffix: "_sum", labels: labels, value: observations.sum))
        samples.append(.init(suffix: "_count", labels: labels, value: Double(count)))
        return samples
      })
  }
}
