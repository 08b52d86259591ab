/// A GraphQL operation that has passed the checks: its root fields with their arguments resolved
/// and their selections flattened.
struct QueryPlan: Sendable, Equatable {
  /// A field of the answer.
  struct Field: Sendable, Equatable {
    /// The key in the answer.
    let responseKey: String
    /// `Type.field`.
    let path: String
    /// The field's name; `__typename` too.
    let name: String
    /// The object type of its value; nil for a plain value.
    let type: String?
    /// The type that an object of a union must have for the field to appear.
    let onlyOn: String?
    /// The arguments, variables filled in.
    let arguments: JSONObject
    /// The fields of its value.
    let selection: [Field]
    /// Where it stands in the query.
    let location: QueryProblem.Location
  }

  /// How many mutations one document may hold.
  static let maximumMutations = 4
  /// How many aliases one document may hold.
  static let maximumAliases = 100
  /// How deep selections may be nested, fragments filled in.
  static let maximumDepth = 128
  /// How many fields and fragments there may be, fragments filled in.
  static let maximumFields = 10_000

  /// The root fields, in order.
  let roots: [Field]
  /// What the store charges for it.
  let cost: Int

  /// Checks a request as the store does: syntax, limits, fields, then variables. Throws what is
  /// answered with HTTP 400.
  init(query: String, operationName: String?, variables: JSONObject) throws(QueryProblem) {
    let document = try QueryParser.parse(query)
    let named = document.operations.filter { operationName == nil || $0.name == operationName }
    guard let operation = named.first else {
      throw QueryProblem(message: "Unknown operation named \"\(operationName ?? "")\".")
    }
    guard named.count == 1 else {
      throw QueryProblem(
        message: "Must provide operation name if query contains multiple operations.")
    }
    try Self.checkLimits(document)
    var values = JSONObject()
    for variable in operation.variables {
      values[variable.name] = variables[variable.name] ?? variable.fallback
    }
    var planner = QueryPlanner(
      fragments: document.fragments, variables: values,
      declared: Set(operation.variables.map(\.name)))
    roots = try planner.fields(
      operation.selections, on: operation.isMutation ? "Mutation" : "Query")
    cost = Self.cost(of: roots)
    if var problem = planner.problem {
      problem.cost = cost
      throw problem
    }
    try Self.checkVariables(operation.variables, values)
  }

  private static func checkLimits(_ document: QueryDocument) throws(QueryProblem) {
    func count(_ selections: [QuerySelection], _ counted: (QueryField) -> Bool) -> Int {
      selections.reduce(0) { sum, selection in
        switch selection {
        case .field(let field):
          sum + (counted(field) ? 1 : 0) + count(field.selections, counted)
        case .inline(_, let inner, _): sum + count(inner, counted)
        case .spread: sum
        }
      }
    }
    let mutations = document.operations.filter(\.isMutation).map(\.selections.count).reduce(0, +)
    guard mutations <= maximumMutations else {
      throw QueryProblem(
        message: "Number of mutations exceed the limit of \(maximumMutations)", cost: 0)
    }
    let selections =
      document.operations.map(\.selections) + document.fragments.values.map(\.selections)
    let aliases = selections.map { count($0) { $0.responseKey != $0.name } }.reduce(0, +)
    guard aliases <= maximumAliases else {
      throw QueryProblem(
        message: "Number of aliases exceed the limit of \(maximumAliases)", cost: 0)
    }
  }

  private static func checkVariables(
    _ declared: [QueryVariable], _ values: JSONObject
  ) throws(QueryProblem) {
    for variable in declared {
      guard let value = values[variable.name], !value.isNull else {
        guard variable.type.isRequired else { continue }
        throw QueryProblem(
          message: "Variable \"$\(variable.name)\" of required type "
            + "\"\(variable.type.description)\" was not provided.",
          location: variable.location)
      }
      let problems = variable.type.problems(of: value)
      guard problems.isEmpty else {
        throw QueryProblem(
          message: "Variable \"$\(variable.name)\" got invalid value "
            + JSONPrinter.print(value, .spacedAndSorted) + ".\n"
            + problems.joined(separator: "\n"),
          location: variable.location)
      }
    }
  }

  private static func cost(of fields: [Field]) -> Int {
    fields.reduce(0) { sum, field in
      let records = (field.arguments["first"] ?? field.arguments["last"])?.asInt ?? 1
      let own = SandboxSchema.costs.contains(field.path) ? 1 : 0
      return sum + max(1, records) * (own + cost(of: field.selection))
    }
  }
}

extension QueryPlan.Field {
  /// What the answer shows of a value: the fields that were asked for, in the order asked for.
  func project(_ value: JSONValue) -> JSONValue {
    switch value {
    case .array(let elements): return .array(elements.map(project))
    case .object(let object) where type != nil:
      let typeName = object["__typename"]?.asString ?? type
      var projected = JSONObject()
      for field in selection where field.onlyOn == nil || field.onlyOn == typeName {
        let member: JSONValue =
          field.name == "__typename" ? .optional(typeName) : object[field.name] ?? .null
        let shown = field.project(member)
        projected[field.responseKey] =
          projected[field.responseKey].map {
            QueryPlan.Field.merge($0, shown)
          } ?? shown
      }
      return .object(projected)
    default: return value
    }
  }

  /// Two selections of one field, as GraphQL merges them.
  private static func merge(_ first: JSONValue, _ second: JSONValue) -> JSONValue {
    switch (first, second) {
    case (.object(var object), .object(let other)):
      for member in other.members {
        object[member.name] = object[member.name].map { merge($0, member.value) } ?? member.value
      }
      return .object(object)
    case (.array(let elements), .array(let others)) where elements.count == others.count:
      return .array(zip(elements, others).map { merge($0, $1) })
    default: return first
    }
  }
}
