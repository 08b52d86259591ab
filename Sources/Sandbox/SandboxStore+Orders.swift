import FoundationEssentials

extension SandboxStore {
  /// `order`: one order. Its customer's orders are those in this store, unless the order was
  /// recorded with some.
  func orderAnswer(id: String?, fault: SandboxFault? = nil) -> JSONValue {
    guard let id, let order = order(id) else { return .null }
    if case .staleReads = fault { return .null }
    var fields = order.answered
    // The recorded queries do not ask for it; the field is there all the same.
    if order.userID != nil, fields["user"]["isStaff"] == .null { fields["user"]["isStaff"] = false }
    if let userID = order.userID, fields["user"]["orders"]["edges"].asArray?.isEmpty == true {
      let own = SandboxOrderSorting(.null).sorted(orders.values.filter { $0.userID == userID })
      fields["user"]["orders"] = [
        "totalCount": .number(String(own.count)), "edges": .array(own.map { ["node": $0.fields] }),
      ]
    }
    return fields
  }

  /// `orders`: the orders with one of the addresses asked for, in the case in which they were typed,
  /// or those that changed in a span of time.
  func ordersAnswer(_ root: QueryPlan.Field) throws(FieldProblem) -> JSONValue {
    let page = try SandboxPage(root)
    func refusal(_ message: String) -> FieldProblem {
      FieldProblem(
        message: message, code: "GraphQLError", location: root.location, path: [root.responseKey])
    }
    let sorting = SandboxOrderSorting(root.arguments["sortBy"] ?? .null)
    var found = Array(orders.values)
    let conditions = (root.arguments["where"] ?? .null, root.arguments["filter"] ?? .null)
    if conditions.0 != .null && conditions.1 != .null {
      throw refusal("Only one filtering argument (filter or where) can be specified.")
    }
    let address = conditions.0["userEmail"]
    if let one = address["eq"].asString { found.removeAll { $0.userEmail != one } }
    if let several = address["oneOf"].asArray?.compactMap(\.asString) {
      found.removeAll { !several.contains($0.userEmail) }
    }
    let changed = conditions.1["updatedAt"]
    if let start = changed["gte"].asString.flatMap(Date.init(storeText:)) {
      found.removeAll { $0.changedAt < start }
    }
    if let end = changed["lte"].asString.flatMap(Date.init(storeText:)) {
      found.removeAll { $0.changedAt > end }
    }
    // Only what was asked for is sorted: the store may have very many.
    found = sorting.sorted(found)
    let total = found.count
    if let cursor = root.arguments["after"]?.asString {
      guard let rest = sorting.rest(of: found, after: cursor) else {
        throw refusal("Received cursor is invalid.")
      }
      found = rest
    }
    var answer = page.connection(of: found.map { (id: sorting.cursor(of: $0), json: $0.fields) })
    answer["totalCount"] = .number(String(total))
    return answer
  }
}

extension SandboxOrder {
  /// When it was changed last.
  fileprivate var changedAt: Date { Date(storeText: changed) ?? .distantPast }
}
