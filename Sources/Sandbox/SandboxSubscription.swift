/// A webhook's subscription query: it makes the body of each event out of all that there is to tell.
package struct SandboxSubscription: Sendable {
  /// How deep fragments may lead; a real store refuses those that lead into themselves.
  private static let maximumDepth = 32

  private let selections: [QuerySelection]
  private let fragments: [String: QueryFragment]

  /// Reads a query with the root field `event`; nil for any other.
  package init?(_ query: String) {
    guard let document = try? QueryParser.parse(query), let operation = document.operations.first,
      operation.selections.count == 1, case .field(let root)? = operation.selections.first,
      root.name == "event"
    else { return nil }
    selections = root.selections
    fragments = document.fragments
  }

  /// What the query asks for of an event, in the query's order. Objects that name their type in
  /// `__typename` are told apart by it.
  package func body(of event: JSONValue) -> [UInt8] {
    project(event, selections, depth: 0).bytes(.spaced)
  }

  private func project(
    _ value: JSONValue, _ selections: [QuerySelection], depth: Int
  ) -> JSONValue {
    switch value {
    case .array(let elements):
      return .array(elements.map { project($0, selections, depth: depth) })
    case .object(let object) where !selections.isEmpty && depth < Self.maximumDepth:
      var projected = JSONObject()
      for member in members(of: object, selections, depth: depth) {
        projected[member.name] = member.value
      }
      return .object(projected)
    default: return value
    }
  }

  private func members(
    of object: JSONObject, _ selections: [QuerySelection], depth: Int
  ) -> [JSONObject.Member] {
    guard depth < Self.maximumDepth else { return [] }
    return selections.flatMap { selection -> [JSONObject.Member] in
      switch selection {
      case .field(let field):
        let value = project(object[field.name] ?? .null, field.selections, depth: depth + 1)
        return [JSONObject.Member(name: field.responseKey, value: value)]
      case .inline(let type, let inner, _):
        return matches(object, type) ? members(of: object, inner, depth: depth + 1) : []
      case .spread(let name, _):
        guard let fragment = fragments[name], matches(object, fragment.type) else { return [] }
        return members(of: object, fragment.selections, depth: depth + 1)
      }
    }
  }

  private func matches(_ object: JSONObject, _ type: String?) -> Bool {
    guard let type, let own = object["__typename"]?.asString else { return true }
    return own == type
  }
}
