/// The webhooks of the App that asks. An App may list its own whatever its permissions are (OWNER in
/// the schema).
struct AppWebhooks: GraphQLOperation {
  static let name = "AppWebhooks"
  static let document = """
    query AppWebhooks {
      app { webhooks { id } }
    }
    """

  struct Answer: Decodable {
    struct App: Decodable { let webhooks: [Webhook]? }
    struct Webhook: Decodable { let id: String }
    let app: App?
  }
}

/// Which deliveries are listed: those that the store has given up.
struct FailedDeliveryFilter: Encodable {
  let status = "FAILED"
}

/// What the store could not deliver to one webhook, the oldest first, with what it would have posted
/// (recorded: `app-failed-event-deliveries`).
struct FailedDeliveries: GraphQLOperation {
  /// The webhook's id.
  let webhook: String
  /// Where the page before it ended.
  let after: String?
  /// How many deliveries the page has at most.
  let limit: Int
  let filter = FailedDeliveryFilter()
  let sorting = CreationSorting()

  static let name = "FailedDeliveries"
  static let document = """
    query FailedDeliveries(
      $webhook: ID!, $after: String, $limit: Int!, $filter: EventDeliveryFilterInput!,
      $sorting: EventDeliverySortingInput!
    ) {
      webhook(id: $webhook) {
        eventDeliveries(first: $limit, after: $after, filter: $filter, sortBy: $sorting) {
          edges { cursor node { createdAt eventType payload } }
          pageInfo { hasNextPage endCursor }
        }
      }
    }
    """

  struct Answer: Decodable {
    struct Webhook: Decodable { let eventDeliveries: FailedDeliveryFields.Connection? }
    let webhook: Webhook?
  }
}

/// As `FailedDeliveries`, of one delivery, without its payload.
struct FailedDeliveryTimes: GraphQLOperation {
  /// The webhook's id.
  let webhook: String
  /// Where the page before it ended.
  let after: String?
  let filter = FailedDeliveryFilter()
  let sorting = CreationSorting()

  static let name = "FailedDeliveryTimes"
  static let document = """
    query FailedDeliveryTimes(
      $webhook: ID!, $after: String, $filter: EventDeliveryFilterInput!,
      $sorting: EventDeliverySortingInput!
    ) {
      webhook(id: $webhook) {
        eventDeliveries(first: 1, after: $after, filter: $filter, sortBy: $sorting) {
          edges { cursor node { createdAt eventType } }
          pageInfo { hasNextPage endCursor }
        }
      }
    }
    """

  typealias Answer = FailedDeliveries.Answer
}

/// A delivery as the store lists it.
struct FailedDeliveryFields: Decodable {
  struct Connection: Decodable {
    struct Edge: Decodable {
      let cursor: String
      let node: FailedDeliveryFields
    }
    let edges: [Edge]
    let pageInfo: PageInfo
  }

  let createdAt: String
  let eventType: String
  let payload: String?
}
