/// Why one root field has no value: it stands among the `errors` of an answer with HTTP 200.
struct FieldProblem: Error, Sendable {
  /// The message, worded as the store's.
  let message: String
  /// `PermissionDenied`, `GraphQLError`, or the name of a Python exception.
  let code: String
  /// Where the field stands in the query.
  let location: QueryProblem.Location
  /// The response keys down to the field.
  let path: [String]
  /// Whether null reaches the root, so that `data` itself is null.
  var nullsEverything = false

  /// As it stands in the answer.
  var json: JSONValue {
    [
      "message": .string(message), "locations": [location.json],
      "path": .array(path.map(JSONValue.string)),
      "extensions": ["exception": ["code": .string(code)]],
    ]
  }

  /// An exception that the store did not expect.
  static func internalError(_ code: String, _ field: QueryPlan.Field) -> FieldProblem {
    FieldProblem(
      message: "Internal Server Error", code: code, location: field.location,
      path: [field.responseKey])
  }

  /// A field that needs one of these permissions.
  static func permissionDenied(
    _ permissions: [String], _ field: QueryPlan.Field, path: [String]
  ) -> FieldProblem {
    FieldProblem(
      message: "To access this path, you need one of the following permissions: "
        + permissions.joined(separator: ", "),
      code: "PermissionDenied", location: field.location, path: path,
      nullsEverything: SandboxSchema.nonNull.contains(field.path))
  }
}

extension SandboxStore {
  /// Runs an operation, one root field after the other and not as one transaction, and returns
  /// the body of the answer. The faults are those that `begin` returned.
  func answer(_ plan: QueryPlan, bearer: String?, faults: [SandboxFault?]) -> JSONValue {
    let permissions = permissions(of: bearer)
    var data = JSONObject()
    var errors: [JSONValue] = []
    var nullsEverything = false
    for (root, fault) in zip(plan.roots, faults) {
      do throws(FieldProblem) {
        try check(root, path: [root.responseKey], permissions: permissions, fault: fault)
        data[root.responseKey] = root.project(try value(of: root, bearer: bearer, fault: fault))
      } catch {
        errors.append(error.json)
        data[root.responseKey] = .null
        nullsEverything = nullsEverything || error.nullsEverything
      }
    }
    var answer = JSONValue.object(JSONObject())
    if !errors.isEmpty { answer["errors"] = .array(errors) }
    answer["data"] = nullsEverything ? .null : .object(data)
    answer["extensions"] = .cost(plan.cost)
    return answer
  }

  private func check(
    _ field: QueryPlan.Field, path: [String], permissions: [String]?, fault: SandboxFault?
  ) throws(FieldProblem) {
    let needed = SandboxSchema.permissions[field.path]
    if fault == .permissionDenied {
      throw .permissionDenied(needed ?? ["MANAGE_ORDERS"], field, path: path)
    }
    if let needed, Set(needed).isDisjoint(with: permissions ?? []) {
      throw .permissionDenied(needed, field, path: path)
    }
    for inner in field.selection {
      try check(inner, path: path + [inner.responseKey], permissions: permissions, fault: nil)
    }
  }

  private func value(
    of root: QueryPlan.Field, bearer: String?, fault: SandboxFault?
  ) throws(FieldProblem) -> JSONValue {
    if fault == .internalErrorBeforeSave { throw .internalError("IntegrityError", root) }
    let value: JSONValue
    switch root.name {
    case "order": value = orderAnswer(id: root.arguments["id"]?.asString, fault: fault)
    case "orders": value = try ordersAnswer(root)
    case "customers": value = try customersAnswer(root)
    case "updateMetadata": value = try updateMetadata(root, permissions: permissions(of: bearer))
    case "checkoutCreate": value = createCheckout(root)
    case "updatePrivateMetadata": value = try updatePrivateMetadata(root, bearer: bearer)
    case "giftCard": value = giftCard(root, fault: fault)
    case "voucher": value = voucher(root, fault: fault)
    case "giftCardSettings": value = giftCardSettings
    case "giftCards": value = try giftCards(root, fault: fault)
    case "giftCardResend": value = resendGiftCard(root)
    case "user": value = user(root)
    case "giftCardCreate": value = try createGiftCard(root, fault: fault)
    case "giftCardUpdate": value = try updateGiftCard(root)
    case "webhook": value = try webhookAnswer(root)
    case "app": value = app(id: root.arguments["id"]?.asString, bearer: bearer)
    case "shop": value = shop
    case "channels": value = .array(channels.map(\.json))
    case "vouchers": value = try vouchers(root, fault: fault)
    case "voucherCreate": value = createVoucher(root, fault: fault)
    case "giftCardDeactivate": value = deactivateGiftCard(root)
    case "voucherUpdate": value = updateVoucher(root)
    case "voucherChannelListingUpdate": value = try updateVoucherListings(root)
    default: value = .null
    }
    if fault == .internalErrorAfterSave { throw .internalError("IntegrityError", root) }
    return value
  }

  private func app(id: String?, bearer: String?) -> JSONValue {
    guard let own = app(of: bearer), id == nil || id == own.id else { return .null }
    var answer = own.json
    answer["webhooks"] =
      own.id == app.id ? .array(webhooks.map(\.json) + failedWebhooks) : []
    return answer
  }

  private var shop: JSONValue {
    [
      "name": "Saleor e-commerce", "version": .string("\(schemaVersion).28"),
      "schemaVersion": .string(schemaVersion),
      "domain": [
        "host": .string(domain), "url": .string("http://\(domain)/"), "sslEnabled": false,
      ],
    ]
  }
}
