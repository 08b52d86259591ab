extension Judgement {
  /// The names of the rules that hit, those in shadow too.
  package var hits: [String] { outcomes.filter { $0.result == .hit }.map(\.rule) }
}
