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

  /// Reads all files of a letter from a folder, such as `config/letters`.
  /// - Throws: `LetterError` with `templates`, naming every file that is missing or wrong.
  package init(_ name: LetterName, folder: String) throws(LetterError) {
    try self.init(name, place: "\(folder)/") { file in
      FileManager.default.contents(atPath: "\(folder)/\(file)").map { Array($0) }
    }
  }

  /// The letter that the program was shipped with.
  /// - Throws: `LetterError` with `templates`.
  init(shipped name: LetterName) throws(LetterError) {
    try self.init(name, place: "") { ShippedLetters.files[$0] }
  }

  /// Reads a letter from the bytes of its files; `place` stands before their names in faults.
  private init(
    _ name: LetterName, place: String, _ bytes: (String) -> [UInt8]?
  ) throws(LetterError) {
    var faults: [String] = []
    func text(_ language: LetterLanguage, _ part: String) -> TemplateText {
      let file = Self.fileName(name, language, part)
      var found: [String] = []
      defer { faults += found.map { "\(place)\(file): \($0)" } }
      return Self.text(bytes(file), of: name, isSingleLine: part == "subject", faults: &found)
    }
    func version(_ language: LetterLanguage) -> Version {
      Version(
        subject: text(language, "subject"), text: text(language, "txt"),
        html: text(language, "html"))
    }
    english = version(.english)
    russian = version(.russian)
    guard faults.isEmpty else {
      throw LetterError(.templates, faults.joined(separator: "\n"))
    }
  }

  /// The names of a letter's files.
  static func fileNames(of name: LetterName) -> [String] {
    LetterLanguage.allCases.flatMap { language in
      ["subject", "txt", "html"].map { fileName(name, language, $0) }
    }
  }

  private static func fileName(
    _ name: LetterName, _ language: LetterLanguage, _ part: String
  ) -> String {
    "\(name.rawValue).\(language.rawValue).\(part)"
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

  private static func text(
    _ bytes: [UInt8]?, of name: LetterName, isSingleLine: Bool, faults: inout [String]
  ) -> TemplateText {
    guard let bytes else {
      faults.append("the file is missing or cannot be read")
      return TemplateText("", of: name, faults: &faults)
    }
    guard var source = String(validating: bytes, as: UTF8.self) else {
      faults.append("the file is not UTF-8")
      return TemplateText("", of: name, faults: &faults)
    }
    if isSingleLine {
      while source.last?.isNewline == true { source.removeLast() }
      if source.contains(where: \.isNewline) { faults.append("more than one line") }
    }
    if source.allSatisfy(\.isWhitespace) { faults.append("the file is empty") }
    return TemplateText(source, of: name, faults: &faults)
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
