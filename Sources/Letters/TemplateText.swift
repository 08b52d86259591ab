/// One file of a template: text with `{{name}}` where a value goes, and `{{#name}}…{{/name}}` around
/// what stands there only when there is a value. Sections do not nest. A section mark that is alone
/// on its line takes the line with it.
struct TemplateText: Sendable {
  private enum Piece {
    case text(String)
    case value(Placeholder)
    case sectionStart(Placeholder)
    case sectionEnd
  }

  private var pieces: [Piece] = []

  /// Reads a template of a letter.
  /// - Parameter faults: gets a sentence for everything that is wrong.
  init(_ source: String, of letter: LetterName, faults: inout [String]) {
    let joined = Self.joiningSectionLines(of: source)
    var rest = joined[...]
    var section: String?
    while let start = rest.firstRange(of: "{{") {
      add(rest[..<start.lowerBound])
      rest = rest[start.upperBound...]
      guard let end = rest.firstRange(of: "}}") else {
        faults.append("a {{ without its }}")
        return
      }
      let mark = rest[..<end.lowerBound]
      rest = rest[end.upperBound...]
      section = read(mark, of: letter, inside: section, faults: &faults)
    }
    add(rest)
    if let section { faults.append("a {{#\(section)}} without its {{/\(section)}}") }
  }

  /// The text with its values.
  /// - Parameter value: what stands for a placeholder; nil leaves it and its section out.
  func filled(_ value: (Placeholder) -> String?) -> String {
    var result = ""
    var isLeftOut = false
    for piece in pieces {
      switch piece {
      case .sectionStart(let placeholder): isLeftOut = value(placeholder) == nil
      case .sectionEnd: isLeftOut = false
      case .text(let text) where !isLeftOut: result += text
      case .value(let placeholder) where !isLeftOut: result += value(placeholder) ?? ""
      case .text, .value: break
      }
    }
    return result
  }

  private mutating func add(_ text: Substring) {
    if !text.isEmpty { pieces.append(.text(String(text))) }
  }

  // Takes one mark, and gives the section that is open behind it.
  private mutating func read(
    _ mark: Substring, of letter: LetterName, inside section: String?, faults: inout [String]
  ) -> String? {
    let isStart = mark.first == "#"
    let isEnd = mark.first == "/"
    let name = String(isStart || isEnd ? mark.dropFirst() : mark)
    guard let placeholder = Placeholder(rawValue: name) else {
      faults.append("an unknown placeholder {{\(mark)}}")
      return isStart ? name : isEnd ? nil : section
    }
    if isStart {
      if let section { faults.append("a {{#\(name)}} inside {{#\(section)}}") }
      pieces.append(.sectionStart(placeholder))
      return name
    }
    if isEnd {
      if section != name { faults.append("a {{/\(name)}} without its {{#\(name)}}") }
      pieces.append(.sectionEnd)
      return nil
    }
    if placeholder.isOptional(in: letter), section != name {
      faults.append("a {{\(name)}} outside {{#\(name)}}…{{/\(name)}}; not every reward has one")
    }
    pieces.append(.value(placeholder))
    return section
  }

  // Line ends become LF.
  private static func joiningSectionLines(of source: String) -> String {
    let lines = source.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
    var result = ""
    for (number, line) in lines.enumerated() {
      let isAlone =
        (line.hasPrefix("{{#") || line.hasPrefix("{{/")) && line.hasSuffix("}}")
        && !line.dropFirst(2).contains("{")
      result += line
      if !isAlone, number < lines.count - 1 { result += "\n" }
    }
    return result
  }
}
