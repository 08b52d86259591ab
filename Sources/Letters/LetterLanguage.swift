/// A language in which letters are written.
package enum LetterLanguage: String, Sendable, CaseIterable {
  /// English, which everybody gets whose language is not here.
  case english = "en"
  /// Russian.
  case russian = "ru"

  /// Reads a language code as stores write it: `RU`, `ru-RU`, `EN_US`. English for any other.
  package init(code: String) {
    let primary = code.lowercased().prefix { $0 != "-" && $0 != "_" }
    self = Self(rawValue: String(primary)) ?? .english
  }
}
