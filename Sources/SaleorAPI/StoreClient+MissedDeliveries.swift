package import FoundationEssentials

extension StoreClient {
  /// A delivery that the store has given up.
  package struct MissedDelivery: Sendable, Equatable {
    /// When the store made it.
    package let createdAt: Date
    /// The event as the header `Saleor-Event` names it, such as "customer_created".
    package let event: String
    /// The very bytes that the store posted; `nil` when it keeps them no longer (14 days, FACTS
    /// §3), never made them, or shows them only in an answer that is too large.
    package let body: [UInt8]?
    /// The place in the list right behind it.
    package let cursor: String
  }

  /// Some of the deliveries to a webhook that the store has given up, the oldest first.
  package struct MissedDeliveryPage: Sendable, Equatable {
    /// The deliveries of the page.
    package let deliveries: [MissedDelivery]
    /// Where the next page begins; `nil` when this is the last one.
    package let next: String?
  }

  /// How many deliveries are asked for, and then, when their payloads are too large together.
  private static let deliveryLimits = [20, 1]

  /// The ids of this App's webhooks, and the time at the store, in whole seconds.
  /// - Throws: `StoreError`, `CancellationError`.
  package func webhookList() async throws -> (ids: [String], time: Date) {
    let (answer, time) = try await graphQL.sendForTime(WebhookList())
    guard let app = answer.app else {
      throw StoreError(.unexpectedAnswer, "WebhookList: no App")
    }
    return (ids: (app.webhooks ?? []).map(\.id), time: time)
  }

  /// The next page of what the store could not deliver to a webhook; `after` is where the page
  /// before it ended. A webhook that is gone has none.
  ///
  /// Of a page that is too large one delivery is asked for, and of one that is too large by
  /// itself only the time is read.
  /// - Throws: `StoreError`, `CancellationError`.
  package func missedDeliveries(
    toWebhook webhook: String, after: String?
  ) async throws -> MissedDeliveryPage {
    for limit in Self.deliveryLimits {
      do {
        return try Self.page(
          await graphQL.send(MissedDeliveries(webhook: webhook, after: after, limit: limit)))
      } catch let error as StoreError where error.code == .answerTooLarge {
        continue
      }
    }
    return try Self.page(await graphQL.send(MissedDeliveryTimes(webhook: webhook, after: after)))
  }

  private static func page(
    _ answer: MissedDeliveries.Answer
  ) throws(StoreError) -> MissedDeliveryPage {
    guard let list = answer.webhook?.eventDeliveries else {
      return MissedDeliveryPage(deliveries: [], next: nil)
    }
    var deliveries: [MissedDelivery] = []
    for edge in list.edges {
      guard let createdAt = StoreTime.date(edge.node.createdAt) else {
        throw StoreError(.unexpectedAnswer, "MissedDeliveries: a delivery's time is not a time")
      }
      deliveries.append(
        MissedDelivery(
          createdAt: createdAt, event: edge.node.eventType.lowercased(),
          body: edge.node.payload.map { Array($0.utf8) }, cursor: edge.cursor))
    }
    return MissedDeliveryPage(deliveries: deliveries, next: try list.pageInfo.next())
  }
}
