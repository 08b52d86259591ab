import FoundationEssentials

extension StoreClient {
  /// The App that the token belongs to; `nil` when it is a person's.
  /// - Throws: `StoreError`, with `permissionDenied` for a token that does not work, or whose App
  ///   was deleted or switched off; `CancellationError`.
  package func app() async throws -> StoreApp? {
    try await graphQL.send(AppQuery()).app.map { app in
      StoreApp(
        id: app.id, identifier: app.identifier, isActive: app.isActive ?? false,
        permissions: Set((app.permissions ?? []).map(\.code)))
    }
  }

  /// The App's webhooks.
  /// - Throws: `StoreError`, `CancellationError`.
  package func webhooks() async throws -> [StoreWebhook] {
    (try await graphQL.send(AppWebhooks()).app?.webhooks ?? []).map { webhook in
      StoreWebhook(
        id: webhook.id, name: webhook.name ?? "", isActive: webhook.isActive,
        targetURL: webhook.targetUrl, events: Set(webhook.asyncEvents.map(\.eventType)),
        query: webhook.subscriptionQuery.flatMap { $0.isEmpty ? nil : $0 },
        secret: webhook.secretKey.flatMap { $0.isEmpty ? nil : $0 })
    }
  }

  /// The deliveries that the store gave up during the last `span` of its own time, the newest
  /// first; of each webhook the newest 50 at most.
  /// - Throws: `StoreError`, `CancellationError`.
  package func failedDeliveries(within span: Duration) async throws -> [FailedDelivery] {
    let (answer, now) = try await graphQL.sendForTime(AppFailedDeliveries())
    return (answer.app?.webhooks ?? []).flatMap { webhook in
      (webhook.eventDeliveries?.edges ?? []).compactMap { edge -> FailedDelivery? in
        guard let createdAt = StoreTime.date(edge.node.createdAt),
          createdAt > now - span / .seconds(1)
        else { return nil }
        let last = edge.node.attempts?.edges.map(\.node).max { $0.createdAt < $1.createdAt }
        return FailedDelivery(
          targetURL: webhook.targetUrl, event: edge.node.eventType, createdAt: createdAt,
          status: last?.responseStatusCode)
      }
    }.sorted { $0.createdAt > $1.createdAt }
  }
}
