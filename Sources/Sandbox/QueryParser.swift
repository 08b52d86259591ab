/// Reads a GraphQL document: operations, aliases, arguments, variables and fragments. Directives
/// are not read; nesting is limited, so that no input can exhaust the stack.
struct QueryParser {
  /// How deep braces, brackets and values may be nested.
  static let maximumDepth = 64

  private var lexer: QueryLexer
  private var token: QueryLexer.Token = .end
  private var offset = 0
  private var depth = 0

  /// Reads a whole document. Throws the syntax error that the store would answer with.
  static func parse(_ query: String) throws(QueryProblem) -> QueryDocument {
    var parser = QueryParser(lexer: QueryLexer(query))
    try parser.advance()
    return try parser.document()
  }

  private init(lexer: QueryLexer) { self.lexer = lexer }

  private mutating func advance() throws(QueryProblem) { (token, offset) = try lexer.next() }

  private var location: QueryProblem.Location { lexer.location(of: offset) }

  private func unexpected() -> QueryProblem {
    lexer.syntaxError("Unexpected \(token.description)", at: offset)
  }

  private mutating func take(_ text: String) throws(QueryProblem) -> Bool {
    guard token == .punctuation(text) else { return false }
    try advance()
    return true
  }

  private mutating func expect(_ text: String) throws(QueryProblem) {
    guard try take(text) else {
      throw lexer.syntaxError("Expected \(text), found \(token.description)", at: offset)
    }
  }

  private mutating func name() throws(QueryProblem) -> String {
    guard case .name(let name) = token else {
      throw lexer.syntaxError("Expected Name, found \(token.description)", at: offset)
    }
    try advance()
    return name
  }

  private mutating func enter() throws(QueryProblem) {
    depth += 1
    guard depth <= Self.maximumDepth else {
      throw lexer.syntaxError("Nested too deeply", at: offset)
    }
  }

  private mutating func document() throws(QueryProblem) -> QueryDocument {
    var document = QueryDocument()
    repeat {
      if token == .name("fragment") {
        try advance()
        let fragmentName = try name()
        guard token == .name("on") else { throw unexpected() }
        try advance()
        document.fragments[fragmentName] = QueryFragment(
          type: try name(), selections: try selections())
      } else {
        document.operations.append(try operation())
      }
    } while token != .end
    return document
  }

  private mutating func operation() throws(QueryProblem) -> QueryOperation {
    if token == .punctuation("{") {
      return QueryOperation(
        isMutation: false, name: nil, variables: [], selections: try selections())
    }
    guard ["query", "mutation", "subscription"].contains(where: { token == .name($0) }) else {
      throw unexpected()
    }
    let isMutation = token == .name("mutation")
    try advance()
    var operationName: String?
    if case .name(let given) = token {
      operationName = given
      try advance()
    }
    var variables: [QueryVariable] = []
    if try take("(") {
      repeat { variables.append(try variable()) } while try !take(")")
    }
    return QueryOperation(
      isMutation: isMutation, name: operationName, variables: variables,
      selections: try selections())
  }

  private mutating func variable() throws(QueryProblem) -> QueryVariable {
    let start = location
    try expect("$")
    let variableName = try name()
    try expect(":")
    let type = try type()
    var fallback: JSONValue?
    if try take("=") { fallback = try value().resolved(JSONObject()) }
    return QueryVariable(name: variableName, type: type, fallback: fallback, location: start)
  }

  private mutating func type() throws(QueryProblem) -> InputType {
    try enter()
    defer { depth -= 1 }
    var type: InputType
    if try take("[") {
      type = .list(try self.type())
      try expect("]")
    } else {
      type = .named(try name())
    }
    if try take("!") { type = .required(type) }
    return type
  }

  private mutating func selections() throws(QueryProblem) -> [QuerySelection] {
    try enter()
    defer { depth -= 1 }
    try expect("{")
    var selections: [QuerySelection] = []
    repeat {
      let start = location
      if try !take("...") {
        selections.append(.field(try field()))
      } else if case .name(let fragmentName) = token, fragmentName != "on" {
        try advance()
        selections.append(.spread(name: fragmentName, location: start))
      } else {
        var type: String?
        if token == .name("on") {
          try advance()
          type = try name()
        }
        selections.append(.inline(type: type, selections: try self.selections(), location: start))
      }
    } while try !take("}")
    return selections
  }

  private mutating func field() throws(QueryProblem) -> QueryField {
    let start = location
    let first = try name()
    let fieldName = try take(":") ? try name() : first
    let arguments = try take("(") ? try arguments(until: ")") : []
    let selections = token == .punctuation("{") ? try selections() : []
    return QueryField(
      responseKey: first, name: fieldName, arguments: arguments, selections: selections,
      location: start)
  }

  private mutating func arguments(until end: String) throws(QueryProblem) -> [QueryArgument] {
    var arguments: [QueryArgument] = []
    while try !take(end) {
      let argumentName = try name()
      try expect(":")
      arguments.append(QueryArgument(name: argumentName, value: try value()))
    }
    return arguments
  }

  private mutating func value() throws(QueryProblem) -> QueryValue {
    try enter()
    defer { depth -= 1 }
    if try take("$") { return .variable(try name()) }
    if try take("{") { return .object(try arguments(until: "}")) }
    if try take("[") {
      var values: [QueryValue] = []
      while try !take("]") { values.append(try value()) }
      return .list(values)
    }
    let value: QueryValue
    switch token {
    case .number(let number): value = .literal(.number(number))
    case .string(let text): value = .literal(.string(text))
    case .name("true"): value = .literal(true)
    case .name("false"): value = .literal(false)
    case .name("null"): value = .literal(.null)
    case .name(let word): value = .word(word)
    case .punctuation, .end: throw unexpected()
    }
    try advance()
    return value
  }
}
