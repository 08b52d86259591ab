/// Flattens selections, fragments included, and checks them against the schema. The first thing
/// that is wrong is kept as `problem`, and the rest still planned: the store names the cost of a
/// refused query too.
struct QueryPlanner {
  /// The fragments by name.
  let fragments: [String: QueryFragment]
  /// The variables' values.
  let variables: JSONObject
  /// The variables that the operation declares.
  let declared: Set<String>
  /// The first thing that is wrong.
  private(set) var problem: QueryProblem?
  private var open: Set<String> = []
  private var count = 0
  private var depth = 0

  /// A planner for one operation.
  init(fragments: [String: QueryFragment], variables: JSONObject, declared: Set<String>) {
    self.fragments = fragments
    self.variables = variables
    self.declared = declared
  }

  private mutating func note(_ message: String, _ location: QueryProblem.Location) {
    if problem == nil { problem = QueryProblem(message: message, location: location) }
  }

  /// The planned fields of a selection on a type. Throws when fragments multiply without measure.
  mutating func fields(
    _ selections: [QuerySelection], on type: String, onlyOn: String? = nil
  ) throws(QueryProblem) -> [QueryPlan.Field] {
    depth += 1
    defer { depth -= 1 }
    guard depth <= QueryPlan.maximumDepth else {
      throw QueryProblem(message: "The query is nested too deeply.")
    }
    var planned: [QueryPlan.Field] = []
    for selection in selections {
      count += 1
      guard count <= QueryPlan.maximumFields else {
        throw QueryProblem(message: "The query asks for too many fields.")
      }
      switch selection {
      case .field(let field):
        if let field = try self.field(field, on: type, onlyOn: onlyOn) { planned.append(field) }
      case .inline(let condition, let inner, let location):
        planned += try conditional(
          inner, condition: condition ?? type, on: type, onlyOn: onlyOn, location)
      case .spread(let name, let location):
        guard let fragment = fragments[name] else {
          note("Unknown fragment \"\(name)\".", location)
          continue
        }
        guard open.insert(name).inserted else {
          note("Cannot spread fragment \"\(name)\" within itself.", location)
          continue
        }
        planned += try conditional(
          fragment.selections, condition: fragment.type, on: type, onlyOn: onlyOn, location)
        open.remove(name)
      }
    }
    return planned
  }

  private mutating func conditional(
    _ selections: [QuerySelection], condition: String, on type: String, onlyOn: String?,
    _ location: QueryProblem.Location
  ) throws(QueryProblem) -> [QueryPlan.Field] {
    if condition == type { return try fields(selections, on: type, onlyOn: onlyOn) }
    if SandboxSchema.unions[type]?.contains(condition) == true {
      return try fields(selections, on: condition, onlyOn: condition)
    }
    note(
      SandboxSchema.types[condition] == nil
        ? "Unknown type \"\(condition)\"."
        : "Fragment cannot be spread here as objects of type \"\(type)\" can never be of type "
          + "\"\(condition)\".",
      location)
    return []
  }

  private mutating func field(
    _ field: QueryField, on type: String, onlyOn: String?
  ) throws(QueryProblem) -> QueryPlan.Field? {
    let known =
      field.name == "__typename" ? .init(type: nil) : SandboxSchema.types[type]?[field.name]
    guard let known else {
      note("Cannot query field \"\(field.name)\" on type \"\(type)\".", field.location)
      return nil
    }
    if known.type != nil && field.selections.isEmpty {
      note(
        "Field \"\(field.name)\" of type \"\(known.type ?? "")\" must have a sub selection.",
        field.location)
    } else if known.type == nil && !field.selections.isEmpty {
      note("Field \"\(field.name)\" must not have a sub selection.", field.location)
    }
    let path = "\(type).\(field.name)"
    return QueryPlan.Field(
      responseKey: field.responseKey, path: path, name: field.name, type: known.type,
      onlyOn: onlyOn, arguments: arguments(of: field, on: type, path: path),
      selection: try known.type.map { inner throws(QueryProblem) in
        try fields(field.selections, on: inner)
      } ?? [],
      location: field.location)
  }

  private mutating func arguments(
    of field: QueryField, on type: String, path: String
  ) -> JSONObject {
    let known = SandboxSchema.arguments[path] ?? []
    var resolved = JSONObject()
    for argument in field.arguments {
      guard let expected = known.first(where: { $0.name == argument.name }) else {
        note(
          "Unknown argument \"\(argument.name)\" on field \"\(field.name)\" of type \"\(type)\".",
          field.location)
        continue
      }
      let named = argument.value.variables
      if let unknown = named.first(where: { !declared.contains($0) }) {
        note("Variable \"$\(unknown)\" is not defined.", field.location)
      }
      let value = argument.value.resolved(variables)
      // A variable that is the whole value is checked where it is declared.
      let isVariable = if case .variable = argument.value { true } else { false }
      let problems = isVariable ? [] : expected.type.problems(of: value)
      if argument.value.hasWord || !problems.isEmpty {
        note(
          "Argument \"\(argument.name)\" has invalid value "
            + JSONPrinter.print(value ?? .null, .spacedAndSorted) + ".\n"
            + problems.joined(separator: "\n"), field.location)
      }
      resolved[argument.name] = value
    }
    for expected in known where expected.type.isRequired {
      if !field.arguments.contains(where: { $0.name == expected.name }) {
        note(
          "Field \"\(field.name)\" argument \"\(expected.name)\" of type "
            + "\"\(expected.type.description)\" is required but not provided.", field.location)
      }
    }
    return resolved
  }
}
