/// How much is measured.
struct BenchForm: Sendable {
  /// How often each figure is taken, in turn with its references.
  var rounds: Int
  /// How long one round of load lasts.
  var duration: Duration
  /// What comes before it and does not count.
  var warmUp: Duration
  /// Whether only what is told by ratios of intake is measured.
  var isShort: Bool
  /// Whether everything is measured again with a large database.
  var isLarge: Bool
  /// How many deliveries a load of one round has at most, for each second that it lasts.
  let perSecond = 24_000

  /// About ten minutes.
  static let standard = BenchForm(
    rounds: 5, duration: .seconds(5), warmUp: .seconds(1), isShort: false,
    isLarge: false)
  /// About two minutes.
  static let short = BenchForm(
    rounds: 3, duration: .seconds(2), warmUp: .milliseconds(500), isShort: true,
    isLarge: false)

  /// How many deliveries one round may take.
  var loadCount: Int {
    Int((duration + warmUp) / .milliseconds(1)) * perSecond / 1_000
  }
}
