/// What can be measured.
enum BenchPart: String, CaseIterable, Sendable {
  /// The cost of a signature's check.
  case checks
  /// What is taken in at the peak, and the memory for that.
  case intake
  /// How long an answer takes at half of the peak.
  case latency
  /// What happens at twice the peak.
  case overload
  /// From the inbox to the outcome, without a code.
  case decisions
  /// From the inbox to the gift card.
  case rewards
  /// From the webhook to the gift card, one at a time.
  case idle
  /// With a transaction held open.
  case held
  /// How large the program is.
  case footprint

  /// What the short form measures.
  static let short: [BenchPart] = [.checks, .intake]
}
