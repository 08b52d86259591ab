package import FoundationEssentials

extension SandboxStore {
  /// The App's only webhook.
  private static let webhookID = String.globalID("Webhook", "3")

  /// Remembers what became of a delivery: one that was given up is kept, one that came through at
  /// last is forgotten, as the store does.
  package func keep(_ record: SandboxDeliveryRecord) {
    let payload = String(decoding: record.delivery.body, as: UTF8.self)
    switch record.outcome {
    case .failed:
      keepFailed(event: record.event, payload: payload, createdAt: now())
    case .delivered:
      failedDeliveries.removeAll { $0.payload == payload }
    case .abandoned: break
    }
  }

  /// Keeps a delivery that was given up; without a payload, one of long ago.
  package func keepFailed(event: SandboxEvent, payload: String?, createdAt: Date) {
    failedDeliveries.append(
      SandboxFailedDelivery(
        createdAt: createdAt, eventType: event.rawValue.uppercased(), payload: payload,
        number: (failedDeliveries.last?.number ?? 0) + 1))
  }

  /// `app { webhooks }`: the one with failed deliveries. An App may always see its own.
  var failedWebhooks: [JSONValue] {
    failedDeliveries.isEmpty ? [] : [["id": .string(Self.webhookID)]]
  }

  /// `webhook`: with the part of its failed deliveries that is asked for.
  func webhookAnswer(_ root: QueryPlan.Field) throws(FieldProblem) -> JSONValue {
    guard root.arguments["id"]?.asString == Self.webhookID else { return .null }
    var answer: JSONValue = ["id": .string(Self.webhookID)]
    for field in root.selection where field.name == "eventDeliveries" {
      answer["eventDeliveries"] = try deliveriesAnswer(field)
    }
    return answer
  }

  private func deliveriesAnswer(_ field: QueryPlan.Field) throws(FieldProblem) -> JSONValue {
    let page = try SandboxPage(field)
    let status = field.arguments["filter"]?["status"].asString ?? "FAILED"
    let isAscending = field.arguments["sortBy"]?["direction"] == "ASC"
    var found = status == "FAILED" ? failedDeliveries : []
    found.sort {
      let isBefore = ($0.createdAt, $0.number) < ($1.createdAt, $1.number)
      return isAscending ? isBefore : !isBefore
    }
    if let cursor = field.arguments["after"]?.asString {
      // Failed deliveries are dropped from the list; a cursor's place stays.
      guard let data = Data(base64Encoded: cursor),
        let values = try? JSONParser.parse(Array(data)).asArray?.compactMap(\.asString),
        values.count == 2, let time = Date(storeText: values[0]), let number = Int(values[1])
      else {
        throw FieldProblem(
          message: "Received cursor is invalid.", code: "GraphQLError", location: field.location,
          path: [field.responseKey])
      }
      found.removeAll { delivery in
        let createdAt = Date(storeText: delivery.createdAt.storeText) ?? delivery.createdAt
        return isAscending
          ? (createdAt, delivery.number) <= (time, number)
          : (createdAt, delivery.number) >= (time, number)
      }
    }
    return page.connection(of: found.map { (id: $0.cursor, json: $0.json) })
  }
}
