import FoundationEssentials

/// A letter in every language, as it stands in `<name>.<language>.subject`, `.txt` and `.html`.
package struct LetterTemplate: Sendable {
  /// What a template says once its values stand in it.
  package struct Content: Sendable, Equatable {
    /// One line.
    package let subject: String
    /// The plain text.
    package let text: String
    /// The same as HTML; every value in it is escaped.
    package let html: String

    /// Puts the texts of a letter together.
    package init(subject: String, text: String, html: String) {
      self.subject = subject
      self.text = text
      self.html = html
    }
  }

  private struct Version {
    let subject: TemplateText
    let text: TemplateText
    let html: TemplateText
  }

  private let english: Version
  private let russian: Version

  /// Reads all files of a letter.
  /// - Parameters:
  ///   - name: what the files' names begin with, such as `reward`.
  ///   - folder: where the files are, such as `config/letters`.
  /// - Throws: `LetterError` with `templates`, naming every file that is missing or wrong.
  package init(name: String, folder: String) throws(LetterError) {
    var faults: [String] = []
    english = Self.version(.english, of: "\(folder)/\(name)", faults: &faults)
    russian = Self.version(.russian, of: "\(folder)/\(name)", faults: &faults)
    guard faults.isEmpty else {
      throw LetterError(.templates, faults.joined(separator: "\n"))
    }
  }

  /// Writes the letter.
  package func content(_ facts: RewardFacts, in language: LetterLanguage) -> Content {
    let version =
      switch language {
      case .english: english
      case .russian: russian
      }
    func plain(_ placeholder: Placeholder) -> String? { facts.value(of: placeholder, in: language) }
    return Content(
      subject: version.subject.filled(plain), text: version.text.filled(plain),
      html: version.html.filled { plain($0).map(Self.escaped) })
  }

  private static func version(
    _ language: LetterLanguage, of path: String, faults: inout [String]
  ) -> Version {
    let start = "\(path).\(language.rawValue)"
    return Version(
      subject: file("\(start).subject", isSingleLine: true, faults: &faults),
      text: file("\(start).txt", isSingleLine: false, faults: &faults),
      html: file("\(start).html", isSingleLine: false, faults: &faults))
  }

  private static func file(
    _ path: String, isSingleLine: Bool, faults: inout [String]
  ) -> TemplateText {
    var found: [String] = []
    defer { faults += found.map { "\(path): \($0)" } }
    guard let bytes = FileManager.default.contents(atPath: path) else {
      found.append("the file is missing or cannot be read")
      return TemplateText("", faults: &found)
    }
    guard var source = String(validating: bytes, as: UTF8.self) else {
      found.append("the file is not UTF-8")
      return TemplateText("", faults: &found)
    }
    if isSingleLine {
      while source.last?.isNewline == true { source.removeLast() }
      if source.contains(where: \.isNewline) { found.append("more than one line") }
    }
    if source.allSatisfy(\.isWhitespace) { found.append("the file is empty") }
    return TemplateText(source, faults: &found)
  }

  private static func escaped(_ text: String) -> String {
    var result = ""
    for character in text.unicodeScalars {
      switch character {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "'": result += "&#39;"
      default: result.unicodeScalars.append(character)
      }
    }
    return result
  }
}
