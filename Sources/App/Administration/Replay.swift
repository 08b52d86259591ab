/// What comes out when a decision is played again on its stored facts.
struct Replay: Encodable, Sendable {
  /// Whether it is the same answer.
  let isSame: Bool
  /// What is different, or why it could not be played.
  let differences: [String]

  /// One line, and one for each difference.
  var text: String {
    (["replay: \(isSame ? "the same answer" : "not the same answer")"]
      + differences.map { "  \($0)" }).joined(separator: "\n")
  }
}
