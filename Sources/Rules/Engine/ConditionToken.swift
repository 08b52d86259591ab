/// A word of a condition, and where it stands.
package struct ConditionToken: Sendable {
  /// What it is.
  let kind: Kind
  /// Where it begins, in Unicode scalars.
  let offset: Int

  /// The kinds of words.
  enum Kind: Sendable, Equatable {
    /// A signal, a list, a currency, or one of `Keyword`.
    case word(String)
    /// Digits with at most one point among them.
    case number(String)
    /// A length of time in seconds, as it was written.
    case duration(Double, String)
    /// What stood between quotes.
    case text(String)
    /// A sign between two values.
    case comparison(Comparison)
    /// `(`, `)`, `[`, `]` and `,`.
    case opening, closing, listOpening, listClosing, comma
    /// What stands behind the last word.
    case end
  }

  /// The words that name neither a signal nor a list.
  package enum Keyword {
    /// All of them.
    package static let all = ["and", "or", "not", "in"]
  }

  /// As a message shows it.
  var shown: String {
    switch kind {
    case .word(let text), .number(let text), .duration(_, let text): "`\(text)`"
    case .text(let text): "\"\(text)\""
    case .comparison(let comparison): "`\(comparison.rawValue)`"
    case .opening: "`(`"
    case .closing: "`)`"
    case .listOpening: "`[`"
    case .listClosing: "`]`"
    case .comma: "`,`"
    case .end: "the end"
    }
  }

  /// Whether it is this keyword.
  func isKeyword(_ word: String) -> Bool { kind == .word(word) }
}
