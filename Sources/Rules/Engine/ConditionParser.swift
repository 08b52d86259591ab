/// Reads a condition and checks its types: `or` binds weaker than `and`, and `and` than `not`.
///
///     condition  = all { "or" all }
///     all        = part { "and" part }
///     part       = "not" part | "(" condition ")" | statement
struct ConditionParser {
  /// How deep brackets and `not` can be nested.
  static let deepest = 50

  /// The lists of the file.
  let lists: ConditionLists
  private let tokens: [ConditionToken]
  private var position = 0
  private var depth = 0

  /// Reads a text.
  /// - Throws: `Condition.Fault`, the first one.
  init(_ source: String, lists: ConditionLists) throws(Condition.Fault) {
    var lexer = try ConditionLexer(source)
    tokens = try lexer.tokens()
    self.lists = lists
  }

  /// The whole condition.
  /// - Throws: `Condition.Fault`, the first one.
  mutating func condition() throws(Condition.Fault) -> Expression {
    if current.kind == .end { throw fault("The condition is empty.") }
    let expression = try any()
    switch current.kind {
    case .end: return expression
    case .closing: throw fault("This bracket closes nothing.")
    default:
      throw fault(
        "\(current.shown) stands behind the end of the condition: `and` or `or` is missing before it."
      )
    }
  }

  /// The next word.
  var current: ConditionToken { tokens[position] }

  /// The next word, which is then done with; the end stays.
  mutating func next() -> ConditionToken {
    let token = current
    if token.kind != .end { position += 1 }
    return token
  }

  /// Steps over the next word if it is of this kind.
  mutating func accept(_ kind: ConditionToken.Kind) -> Bool {
    guard current.kind == kind else { return false }
    position += 1
    return true
  }

  /// What is wrong with the next word, or with another.
  func fault(_ message: String, at token: ConditionToken? = nil) -> Condition.Fault {
    Condition.Fault(message: message, offset: (token ?? current).offset)
  }

  private mutating func any() throws(Condition.Fault) -> Expression {
    let first = try all()
    var parts = [first]
    while accept(.word("or")) { parts.append(try all()) }
    return parts.count == 1 ? first : .any(parts)
  }

  private mutating func all() throws(Condition.Fault) -> Expression {
    let first = try part()
    var parts = [first]
    while accept(.word("and")) { parts.append(try part()) }
    return parts.count == 1 ? first : .all(parts)
  }

  private mutating func part() throws(Condition.Fault) -> Expression {
    guard current.isKeyword("not") || current.kind == .opening else { return try statement() }
    guard depth < Self.deepest else {
      throw fault("Brackets and `not` are nested deeper than \(Self.deepest).")
    }
    depth += 1
    defer { depth -= 1 }
    let token = next()
    if token.isKeyword("not") { return .not(try part()) }
    let inner = try any()
    guard accept(.closing) else {
      if current.kind == .end { throw fault("This bracket is not closed.", at: token) }
      throw fault("`)`, `and` or `or` is expected here, not \(current.shown).")
    }
    return inner
  }
}
