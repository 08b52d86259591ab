/// Lists the App's own webhooks; its token may read them, their secrets too.
struct AppWebhooks: GraphQLOperation {
  static let name = "AppWebhooks"
  static let document = """
    query AppWebhooks {
      app {
        webhooks {
          id name isActive targetUrl asyncEvents { eventType } subscriptionQuery secretKey
        }
      }
    }
    """

  struct Answer: Decodable {
    struct App: Decodable { let webhooks: [Webhook]? }
    struct Webhook: Decodable {
      struct Event: Decodable { let eventType: String }
      let id: String
      let name: String?
      let isActive: Bool
      let targetUrl: String
      let asyncEvents: [Event]
      let subscriptionQuery: String?
      let secretKey: String?
    }
    let app: App?
  }
}

/// The newest deliveries of each of the App's webhooks that the store gave up. It deletes those that
/// succeeded, and keeps the others for 14 days (FACTS §3).
struct AppFailedDeliveries: GraphQLOperation {
  struct Filter: Encodable { let status = "FAILED" }
  struct Sorting: Encodable {
    let field = "CREATED_AT"
    let direction = "DESC"
  }

  /// How many of each webhook are read at most.
  static let limit = 50

  let first = limit
  let filter = Filter()
  let sorting = Sorting()

  static let name = "AppFailedDeliveries"
  static let document = """
    query AppFailedDeliveries(
      $first: Int!, $filter: EventDeliveryFilterInput!, $sorting: EventDeliverySortingInput!
    ) {
      app {
        webhooks {
          id targetUrl
          eventDeliveries(first: $first, filter: $filter, sortBy: $sorting) {
            edges {
              node {
                createdAt eventType
                attempts(first: 10) { edges { node { createdAt responseStatusCode } } }
              }
            }
          }
        }
      }
    }
    """

  struct Answer: Decodable {
    struct App: Decodable { let webhooks: [Webhook]? }
    struct Webhook: Decodable {
      let id: String
      let targetUrl: String
      let eventDeliveries: List<Delivery>?
    }
    struct Delivery: Decodable {
      let createdAt: String
      let eventType: String
      let attempts: List<Attempt>?
    }
    struct Attempt: Decodable {
      let createdAt: String
      let responseStatusCode: Int?
    }
    struct List<Node: Decodable & Sendable>: Decodable, Sendable {
      struct Edge: Decodable { let node: Node }
      let edges: [Edge]
    }
    let app: App?
  }
}
