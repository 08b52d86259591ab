import Domain
import Intake
import Ledger
import Logging
import NIOConcurrencyHelpers
import Postgres
import SaleorAPI
import ServiceLifecycle
import Signing

/// The store that the environment names, as a connection. It gets its number when the ledger can be
/// asked for the first time, and keeps it.
///
/// Run as a service, it asks a store that signs with its own key for the App's id: that key signs
/// for all Apps of the store. Until the store answers, deliveries for any App are taken.
final class StandingConnection: Service {
  /// The wait before the second question; each further one is longer by as much.
  private static let wait: Duration = .seconds(5)
  private static let longestWait: Duration = .seconds(300)

  private struct Known {
    var connection: StoreConnection?
    var appID: String?
  }

  private let store: Configuration.Store?
  private let pool: Pool
  private let log: Logger
  private let known = NIOLockedValueBox(Known())
  private let askApp: @Sendable (Configuration.Store) async throws -> StoreApp?

  /// The connection to `store`, which has its number in the ledger behind `pool`. `askApp` asks the
  /// store for the App of its token, and ends soon.
  init(
    _ store: Configuration.Store?, pool: Pool, log: Logger,
    askApp: @escaping @Sendable (Configuration.Store) async throws -> StoreApp?
  ) {
    self.store = store
    self.pool = pool
    self.log = log
    self.askApp = askApp
  }

  /// The connection; `nil` when the environment names no store.
  /// - Throws: `PostgresError`, `LedgerError`.
  @Sendable func value() async throws -> StoreConnection? {
    guard let store else { return nil }
    let (connection, appID) = known.withLockedValue { ($0.connection, $0.appID) }
    if let connection, connection.appID == appID { return connection }
    let id: StoreID
    if let connection {
      id = connection.id
    } else {
      id = try await StoreRepository(pool).connect(store.address)
    }
    let new = StoreConnection(
      id: id, address: store.address, token: store.token, appID: appID, namesApp: false,
      verification: store.webhookSecrets.isEmpty
        ? .jws : .hmac(WebhookSecrets(store.webhookSecrets)))
    known.withLockedValue { $0.connection = new }
    return new
  }

  /// Learns the App's id, then waits for the shutdown. A webhook with a secret needs none: nobody
  /// else has the secret.
  func run() async throws {
    if let store, store.webhookSecrets.isEmpty {
      try? await cancelWhenGracefulShutdown { try await self.learn(store) }
    }
    try? await gracefulShutdown()
  }

  private func learn(_ store: Configuration.Store) async throws {
    var attempt = 0
    while true {
      do {
        if let app = try await askApp(store), !app.id.isEmpty {
          known.withLockedValue { $0.appID = app.id }
          log.info("the App at the store", metadata: ["app": "\(app.id)"])
          return
        }
      } catch {
        log.debug("the App's id cannot be asked for yet", metadata: ["error": "\(error)"])
      }
      attempt += 1
      try await Task.sleep(for: min(Self.wait * attempt, Self.longestWait))
    }
  }
}
