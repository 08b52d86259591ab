/// Cuts a GraphQL document into tokens.
struct QueryLexer {
  /// One token.
  enum Token: Sendable, Equatable {
    /// A word.
    case name(String)
    /// A number, as written.
    case number(String)
    /// Text in double quotes, escapes undone.
    case string(String)
    /// `{`, `}`, `(`, `)`, `[`, `]`, `:`, `=`, `!`, `$`, `@`, `|`, `&` or `...`
    case punctuation(String)
    /// The end of the document.
    case end

    /// The token as the store's error messages name it.
    var description: String {
      switch self {
      case .name(let name): "Name \"\(name)\""
      case .number(let number): number.contains(".") ? "Float \"\(number)\"" : "Int \"\(number)\""
      case .string(let text): "String \"\(text)\""
      case .punctuation(let text): text
      case .end: "EOF"
      }
    }
  }

  private let text: [Unicode.Scalar]
  private let lineStarts: [Int]
  private var index = 0

  /// A lexer at the start of the text.
  init(_ text: String) {
    let scalars = Array(text.unicodeScalars)
    self.text = scalars
    lineStarts = [0] + scalars.indices.filter { scalars[$0] == "\n" }.map { $0 + 1 }
  }

  private var current: Unicode.Scalar? { index < text.count ? text[index] : nil }

  /// The next token and where it starts. Throws a syntax error for what is no token.
  mutating func next() throws(QueryProblem) -> (Token, Int) {
    skipIgnored()
    let start = index
    guard let scalar = current else { return (.end, start) }
    if scalar == "_" || scalar.isASCIILetter {
      return (.name(take { $0 == "_" || $0.isASCIILetter || $0.isASCIIDigit }), start)
    }
    if scalar == "-" || scalar.isASCIIDigit {
      let number = take { "+-.eE".unicodeScalars.contains($0) || $0.isASCIIDigit }
      guard JSONParser.isNumber(number) else { throw syntaxError("Invalid number", at: start) }
      return (.number(number), start)
    }
    if scalar == "\"" { return (.string(try string()), start) }
    if scalar == "." && text[start...].starts(with: ["." as Unicode.Scalar, ".", "."]) {
      index += 3
      return (.punctuation("..."), start)
    }
    guard "{}()[]:=!$@|&".unicodeScalars.contains(scalar) else {
      throw syntaxError("Unexpected character \"\(scalar)\"", at: start)
    }
    index += 1
    return (.punctuation(String(scalar)), start)
  }

  private mutating func skipIgnored() {
    while let scalar = current {
      if scalar == "#" {
        while let inside = current, inside != "\n", inside != "\r" { index += 1 }
      } else if " \t\r\n,\u{FEFF}".unicodeScalars.contains(scalar) {
        index += 1
      } else {
        return
      }
    }
  }

  private mutating func take(while condition: (Unicode.Scalar) -> Bool) -> String {
    var taken = String.UnicodeScalarView()
    while let scalar = current, condition(scalar) {
      taken.append(scalar)
      index += 1
    }
    return String(taken)
  }

  /// A string in double quotes. Its escapes are those of JSON, so the JSON parser reads it.
  private mutating func string() throws(QueryProblem) -> String {
    let start = index
    var quoted = "\""
    index += 1
    while let scalar = current, scalar != "\n" {
      index += 1
      quoted.unicodeScalars.append(scalar)
      if scalar == "\\", let escaped = current {
        index += 1
        quoted.unicodeScalars.append(escaped)
      } else if scalar == "\"" {
        if let text = (try? JSONParser.parse(Array(quoted.utf8)))?.asString { return text }
        throw syntaxError("Invalid character escape sequence", at: start)
      }
    }
    throw syntaxError("Unterminated string", at: start)
  }

  /// The line and column of a place in the text.
  func location(of offset: Int) -> QueryProblem.Location {
    var (low, high) = (0, lineStarts.count)
    while high - low > 1 {
      let middle = (low + high) / 2
      if lineStarts[middle] <= offset { low = middle } else { high = middle }
    }
    return .init(line: low + 1, column: offset - lineStarts[low] + 1)
  }

  /// A syntax error worded and drawn as the store's, with the lines around it.
  func syntaxError(_ message: String, at offset: Int) -> QueryProblem {
    let location = location(of: offset)
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    let width = String(location.line + 1).count
    func drawn(_ number: Int) -> String {
      guard lines.indices.contains(number - 1) else { return "" }
      let label = String(number)
      var line = String(repeating: " ", count: max(0, width - label.count)) + label + ": "
      line.unicodeScalars.append(contentsOf: lines[number - 1])
      return line + "\n"
    }
    let marker = String(repeating: " ", count: width + 1 + location.column) + "^\n"
    return QueryProblem(
      message: "Syntax Error GraphQL (\(location.line):\(location.column)) \(message)\n\n"
        + drawn(location.line - 1) + drawn(location.line) + marker + drawn(location.line + 1),
      location: location, code: "GraphQLSyntaxError")
  }
}

extension Unicode.Scalar {
  /// A to Z in either case.
  fileprivate var isASCIILetter: Bool { ("a"..."z").contains(self) || ("A"..."Z").contains(self) }
  /// 0 to 9.
  fileprivate var isASCIIDigit: Bool { ("0"..."9").contains(self) }
}
