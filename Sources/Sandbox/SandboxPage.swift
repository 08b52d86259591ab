/// The part of a list that a connection field asks for: 1 to 100 records from one end.
struct SandboxPage: Sendable {
  private let isLast: Bool
  private let limit: Int

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
