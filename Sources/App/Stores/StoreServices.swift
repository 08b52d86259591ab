import Domain
import HTTPTransport
import Intake
import Logging
import Monitoring
import Postgres
import SaleorAPI
import ServiceLifecycle
import Work

/// Everything that runs for one store: the one place where that is put together. What it is made of
/// belongs to the process and is shared by all stores.
struct StoreServices: Sendable {
  let configuration: Configuration
  let pool: Pool
  let transport: HTTPTransport
  let mail: MailTransport
  let keys: RewardKeys
  let settings: WorkSettings
  let metrics: Metrics
  let callHook: GraphQLClient.CallHook?
  let log: Logger

  /// The services for a store; `inbox` is signalled when its inbox has something new.
  func services(of connection: StoreConnection, inbox: Wakeup) -> [any Service] {
    let store = ConnectedStore(
      id: connection.id, address: connection.address,
      client: StoreClient(
        graphQL: GraphQLClient(
          transport: transport, url: connection.address.canonical, token: connection.token,
          reach: Laurel.reach(of: connection.address, configuration), metrics: metrics,
          callHook: callHook)))
    var log = log
    log[metadataKey: "store"] = "\(connection.address)"
    let worker = Worker(
      pool: pool, store: store, programme: configuration.programme,
      conditions: configuration.conditions, keys: keys, post: post(store, log),
      settings: settings, inboxWakeup: inbox, metrics: metrics, log: log)
    let poll = Poll(
      pool: pool, store: store, settings: configuration.poll, lease: settings.lease, log: log
    ) { inbox.signal() }
    return worker.services + [poll.stage()].compactMap(\.self)
  }

  /// The way in which letters go out; `nil` for none.
  private func post(_ store: ConnectedStore, _ log: Logger) -> (any LetterPost)? {
    let post: (any LetterPost)? =
      switch configuration.delivery {
      case .off: nil
      case .store: StorePost(client: store.client, settings: settings)
      case .smtp(let smtp):
        MailPost(smtp, transport: mail, client: store.client, keys: keys, work: settings)
      }
    if let post, !post.carries(configuration.programme.kind) {
      log.warning("the store sends no letters with vouchers; set SMTP_URL to have Laurel send them")
    }
    return post
  }
}
