package import FoundationEssentials

extension StoreClient {
  /// A delivery that the store has given up.
  package struct FailedDelivery: Sendable, Equatable {
    /// When the store made it.
    package let createdAt: Date
    /// The event as the header `Saleor-Event` names it, such as "customer_created".
    package let event: String
    /// The very bytes that the store posted; `nil` when it keeps them no longer (14 days, FACTS §3),
    /// never made them, or shows them only in an answer that is too large.
    package let body: [UInt8]?
    /// The place in the list right behind it.
    package let cursor: String
  }

  /// Some of the deliveries to a webhook that the store has given up, the oldest first.
  package struct FailedDeliveryPage: Sendable, Equatable {
    /// The deliveries of the page.
    package let deliveries: [FailedDelivery]
    /// Where the next page begins; `nil` when this is the last one.
    package let next: String?
  }

  /// How many deliveries a page has at most: their payloads can be large.
  private static let deliveryLimit = 20

  /// The ids of this App's webhooks, and the time at the store, in whole seconds.
  /// - Throws: `StoreError`, `CancellationError`.
  package func webhooks() async throws -> (ids: [String], time: Date) {
    let (answer, time) = try await graphQL.sendForTime(AppWebhooks())
    guard let app = answer.app else {
      throw StoreError(.unexpectedAnswer, "AppWebhooks: no App")
    }
    return (ids: (app.webhooks ?? []).map(\.id), time: time)
  }

  /// The next page of what the store could not deliver to a webhook; `after` is where the page
  /// before it ended. A webhook that is gone has none.
  ///
  /// A page that is too large is asked for with fewer deliveries, and of one that is too large by
  /// itself only the time is read.
  /// - Throws: `StoreError`, `CancellationError`.
  package func failedDeliveries(
    toWebhook webhook: String, after: String?
  ) async throws -> FailedDeliveryPage {
    var limit = Self.deliveryLimit
    while limit > 0 {
      do {
        return try Self.page(
          await graphQL.send(FailedDeliveries(webhook: webhook, after: after, limit: limit)))
      } catch let error as StoreError where error.code == .answerTooLarge {
        limit /= 10
      }
    }
    return try Self.page(await graphQL.send(FailedDeliveryTimes(webhook: webhook, after: after)))
  }

  private static func page(
    _ answer: FailedDeliveries.Answer
  ) throws(StoreError) -> FailedDeliveryPage {
    guard let list = answer.webhook?.eventDeliveries else {
      return FailedDeliveryPage(deliveries: [], next: nil)
    }
    var deliveries: [FailedDelivery] = []
    for edge in list.edges {
      guard let createdAt = StoreTime.date(edge.node.createdAt) else {
        throw StoreError(.unexpectedAnswer, "FailedDeliveries: a delivery's time is not a time")
      }
      deliveries.append(
        FailedDelivery(
          createdAt: createdAt, event: edge.node.eventType.lowercased(),
          body: edge.node.payload.map { Array($0.utf8) }, cursor: edge.cursor))
    }
    return FailedDeliveryPage(deliveries: deliveries, next: try list.pageInfo.next())
  }
}
