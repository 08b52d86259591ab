import Domain
import HTTPTransport
import Intake
import Logging
import Monitoring
import Postgres
import Rules
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
  let terms: CurrentTerms
  let settings: WorkSettings
  let metrics: Metrics
  let callHook: GraphQLClient.CallHook?
  /// Lets single pieces of work run alone in the whole process.
  let gate: RunGate
  let log: Logger

  /// The services for a store, to be shut down from the last to the first; `inbox` is signalled when
  /// its inbox has something new.
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
    let poll = Poll(
      pool: pool, store: store, gate: gate, settings: configuration.poll, lease: settings.lease,
      log: log
    ) { inbox.signal() }
    let adopt = Adopt(pool: pool, store: store, keys: keys, settings: settings, log: log)
    let worker = Worker(
      pool: pool, store: store, gate: gate, terms: terms,
      keys: keys, post: post(store, log),
      settings: settings,
      restoration: Restoration(
        pool: pool, store: store.id, lease: settings.lease, poll: poll
      ) {
        _ = try await adopt.run()
      },
      inboxWakeup: inbox, metrics: metrics, log: log)
    let reconcile = Reconcile(
      pool: pool, store: store, keys: keys, settings: settings, schedule: configuration.reconcile,
      log: log)
    let missed = MissedDeliveries(
      pool: pool, store: store, gate: gate, interval: configuration.poll.interval,
      lease: settings.lease, log: log
    ) { inbox.signal() }
    let history = History(
      pool: pool, store: store, gate: gate, settings: configuration.history, lease: settings.lease,
      log: log)
    let watch = DetectorWatch(
      pool: pool, store: store, terms: terms, metrics: metrics, log: log)
    let others = [
      poll.stage(), missed.stage(), history.stage(), reconcile.stage(), watch.stage(),
    ]
    .compactMap(\.self)
    return [worker.runs, Together(services: worker.services + others)]
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
    if let post, !post.carries(terms.book.all(for: store.address).widestKind) {
      log.warning("the store sends no letters with vouchers; set SMTP_URL to have Laurel send them")
    }
    return post
  }
}
