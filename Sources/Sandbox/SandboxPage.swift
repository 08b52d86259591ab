/// The part of a list that a connection field asks for: 1 to 100 records from one end.
struct SandboxPage: Sendable {
  private let isLast: Bool
  private let limit: Int
  private let after: String?
  private let invalidCursor: FieldProblem

  /// Reads the arguments `first` or `last`. Throws what the store says of a page without a limit
  /// or with too high a one.
  init(_ root: QueryPlan.Field) throws(FieldProblem) {
    let name = root.arguments["first"]?.asInt == nil ? "last" : "first"
    func refusal(_ message: String) -> FieldProblem {
      FieldProblem(
        message: message, code: "GraphQLError", location: root.location, path: [root.responseKey])
    }
    guard let limit = root.arguments[name]?.asInt else {
      throw refusal(
        "You must provide a `first` or `last` value to properly paginate the `\(root.name)` "
          + "connection.")
    }
    guard limit <= 100 else {
      throw refusal(
        "Requesting \(limit) records on the `\(root.name)` connection exceeds the `\(name)` "
          + "limit of 100 records.")
    }
    isLast = name == "last"
    self.limit = max(0, limit)
    after = root.arguments["after"]?.asString
    invalidCursor = refusal("Received cursor is invalid.")
  }

  /// The connection of what comes behind the cursor, which is a record's id. Only what is shown is
  /// made into JSON: the store may have very many.
  func connection<Record>(
    of records: [Record], id: (Record) -> String, json: (Record) -> JSONValue
  ) throws(FieldProblem) -> JSONValue {
    var rest = records[...]
    if let after {
      guard let place = records.firstIndex(where: { id($0) == after }) else { throw invalidCursor }
      rest = records[(place + 1)...]
    }
    let shown = isLast ? rest.suffix(limit + 1) : rest.prefix(limit + 1)
    var answer = connection(of: shown.map { (id: id($0), json: json($0)) })
    answer["totalCount"] = .number(String(records.count))
    return answer
  }

  /// The connection as the GraphQL API shows it.
  func connection(of records: [(id: String, json: JSONValue)]) -> JSONValue {
    let shown = Array(isLast ? records.suffix(limit) : records.prefix(limit))
    let isCut = shown.count < records.count
    return [
      "totalCount": .number(String(records.count)),
      "edges": .array(shown.map { ["node": $0.json, "cursor": .string($0.id)] }),
      "pageInfo": [
        "hasNextPage": .bool(isCut && !isLast), "hasPreviousPage": .bool(isCut && isLast),
        "startCursor": .optional(shown.first?.id), "endCursor": .optional(shown.last?.id),
      ],
    ]
  }
}
