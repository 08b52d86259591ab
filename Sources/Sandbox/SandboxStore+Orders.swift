extension SandboxStore {
  /// `order`: one order. Its customer's orders are those in this store, unless the order was
  /// recorded with some.
  func orderAnswer(id: String?) -> JSONValue {
    guard let id, let order = order(id) else { return .null }
    var fields = order.fields
    // The recorded queries do not ask for it; the field is there all the same.
    if order.userID != nil, fields["user"]["isStaff"] == .null { fields["user"]["isStaff"] = false }
    if let userID = order.userID, fields["user"]["orders"]["edges"].asArray?.isEmpty == true {
      let own = newestFirst(orders.values.filter { $0.userID == userID })
      fields["user"]["orders"] = [
        "totalCount": .number(String(own.count)), "edges": .array(own.map { ["node": $0.fields] }),
      ]
    }
    return fields
  }

  /// `orders`: the orders with one of the addresses asked for, in the case in which they were typed.
  func ordersAnswer(_ root: QueryPlan.Field) throws(FieldProblem) -> JSONValue {
    let page = try SandboxPage(root)
    var found = Array(orders.values)
    let address = root.arguments["where"]?["userEmail"] ?? .null
    if let one = address["eq"].asString { found.removeAll { $0.userEmail != one } }
    if let several = address["oneOf"].asArray?.compactMap(\.asString) {
      found.removeAll { !several.contains($0.userEmail) }
    }
    return page.connection(of: newestFirst(found).map { (id: $0.id, json: $0.fields) })
  }

  /// In the sequence in which the store lists orders. Sort only what was asked for: the store may
  /// have very many.
  private func newestFirst(_ orders: [SandboxOrder]) -> [SandboxOrder] {
    orders.sorted { ($0.created, $0.id) > ($1.created, $1.id) }
  }
}
