/// Why a GraphQL request is refused as a whole, before anything is run: HTTP 400 without `data`.
struct QueryProblem: Error, Sendable, Equatable {
  /// A place in the query, both counted from 1.
  struct Location: Sendable, Equatable {
    /// The line.
    var line: Int
    /// The character in the line.
    var column: Int

    /// As it stands in an answer.
    var json: JSONValue {
      ["line": .number(String(line)), "column": .number(String(column))]
    }
  }

  /// The message, worded as the store's.
  var message: String
  /// The place it is about, where the store names one.
  var location: Location?
  /// `GraphQLError` or `GraphQLSyntaxError`.
  var code = "GraphQLError"
  /// The query's cost, in the answers that name it.
  var cost: Int?

  /// The body of the answer.
  var json: JSONValue {
    var error: JSONValue = ["message": .string(message)]
    if let location { error["locations"] = [location.json] }
    error["extensions"] = ["exception": ["code": .string(code)]]
    var answer: JSONValue = ["errors": [error]]
    if let cost { answer["extensions"] = JSONValue.cost(cost) }
    return answer
  }
}

extension JSONValue {
  /// The `extensions` of an answer.
  static func cost(_ cost: Int) -> JSONValue {
    ["cost": ["requestedQueryCost": .number(String(cost)), "maximumAvailable": 50000]]
  }
}
