/// A GraphQL document as it was written: its operations and fragments.
struct QueryDocument: Sendable, Equatable {
  /// The operations, in order.
  var operations: [QueryOperation] = []
  /// The fragments by name.
  var fragments: [String: QueryFragment] = [:]
}

/// A query or a mutation.
struct QueryOperation: Sendable, Equatable {
  /// Whether it is a mutation.
  let isMutation: Bool
  /// Its name; nil for an anonymous one.
  let name: String?
  /// The variables that it declares.
  let variables: [QueryVariable]
  /// The fields that it asks for.
  let selections: [QuerySelection]
}

/// A declared variable.
struct QueryVariable: Sendable, Equatable {
  /// The name, without `$`.
  let name: String
  /// The declared type.
  let type: InputType
  /// The value that counts when none is given.
  let fallback: JSONValue?
  /// Where it is declared.
  let location: QueryProblem.Location
}

/// A named fragment.
struct QueryFragment: Sendable, Equatable {
  /// The type that it is about.
  let type: String
  /// The fields that it asks for.
  let selections: [QuerySelection]
}

/// One entry between braces.
enum QuerySelection: Sendable, Equatable {
  /// `name`, with all that belongs to it
  case field(QueryField)
  /// `... name`
  case spread(name: String, location: QueryProblem.Location)
  /// `... on Type { }`; without a type it stands for its surroundings.
  case inline(type: String?, selections: [QuerySelection], location: QueryProblem.Location)
}

/// A field as it is asked for.
struct QueryField: Sendable, Equatable {
  /// The key under which it stands in the answer: the alias, or the name.
  let responseKey: String
  /// The field's name.
  let name: String
  /// The arguments by name, in order.
  let arguments: [QueryArgument]
  /// The fields of its value.
  let selections: [QuerySelection]
  /// Where it stands.
  let location: QueryProblem.Location
}

/// An argument, or a member of an input object.
struct QueryArgument: Sendable, Equatable {
  /// The name.
  let name: String
  /// The value.
  let value: QueryValue
}

/// A value as it is written in a query.
indirect enum QueryValue: Sendable, Equatable {
  /// `$name`
  case variable(String)
  /// A number, string, truth value or null.
  case literal(JSONValue)
  /// A bare word. No argument of the stand-in store takes one.
  case word(String)
  /// `[ ]`
  case list([QueryValue])
  /// `{ }`
  case object([QueryArgument])

  /// The value with its variables filled in; nil when it is a variable that was not given.
  func resolved(_ variables: JSONObject) -> JSONValue? {
    switch self {
    case .variable(let name): return variables[name]
    case .literal(let value): return value
    case .word(let word): return .string(word)
    case .list(let values): return .array(values.map { $0.resolved(variables) ?? .null })
    case .object(let members):
      var object = JSONObject()
      for member in members { object[member.name] = member.value.resolved(variables) }
      return .object(object)
    }
  }

  /// The variables that the value names.
  var variables: [String] {
    switch self {
    case .variable(let name): [name]
    case .literal, .word: []
    case .list(let values): values.flatMap(\.variables)
    case .object(let members): members.flatMap(\.value.variables)
    }
  }

  /// Whether a bare word stands somewhere in it.
  var hasWord: Bool {
    switch self {
    case .word: true
    case .variable, .literal: false
    case .list(let values): values.contains(where: \.hasWord)
    case .object(let members): members.contains(where: \.value.hasWord)
    }
  }
}
