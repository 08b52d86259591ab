/// The webhooks of the App that asks. An App may list its own whatever its permissions are (OWNER
/// in the schema).
struct WebhookList: GraphQLOperation {
  static let name = "WebhookList"
  static let document = """
    query WebhookList {
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
struct MissedDeliveryFilter: Encodable {
  let status = "FAILED"
}

/// What the store could not deliver to one webhook, the oldest first, with what it would have
/// posted (recorded: `app-failed-event-deliveries`).
struct MissedDeliveries: GraphQLOperation {
  /// The webhook's id.
  let webhook: String
  /// Where the page before it ended.
  let after: String?
  /// How many deliveries the page has at most.
  let limit: Int
  let filter = MissedDeliveryFilter()
  let sorting = CreationSorting()

  static let name = "MissedDeliveries"
  static let document = """
    query MissedDeliveries(
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
    struct Webhook: Decodable { let eventDeliveries: MissedDeliveryFields.Connection? }
    let webhook: Webhook?
  }
}

/// As `MissedDeliveries`, of one delivery, without its payload.
struct MissedDeliveryTimes: GraphQLOperation {
  /// The webhook's id.
  let webhook: String
  /// Where the page before it ended.
  let after: String?
  let filter = MissedDeliveryFilter()
  let sorting = CreationSorting()

  static let name = "MissedDeliveryTimes"
  static let document = """
    query MissedDeliveryTimes(
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

  typealias Answer = MissedDeliveries.Answer
}

/// A delivery as the store lists it.
struct MissedDeliveryFields: Decodable {
  struct Connection: Decodable {
    struct Edge: Decodable {
      let cursor: String
      let node: MissedDeliveryFields
    }
    let edges: [Edge]
    let pageInfo: PageInfo
  }

  let createdAt: String
  let eventType: String
  let payload: String?
}
