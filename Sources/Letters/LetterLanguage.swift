/// A language in which letters are written.
package enum LetterLanguage: String, Sendable, CaseIterable {
  /// English.
  case english = "en"
  /// Russian.
  case russian = "ru"

  /// Reads a language code as stores write it: `RU`, `ru-RU`, `EN_US`; `nil` for a language that
  /// there are no letters in.
  package init?(code: String) {
    self.init(rawValue: String(code.lowercased().prefix { $0 != "-" && $0 != "_" }))
  }
}
