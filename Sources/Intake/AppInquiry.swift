import Ledger
package import Logging
package import Postgres
import SaleorAPI
import ServiceLifecycle

/// Asks the stores in which Laurel is switched off whether it still is: the store gives up a delivery
/// after some minutes, so that the one which told of the change may never have come.
package struct AppInquiry: Service {
  private let session: any PostgresSession
  private let stores: InstalledStores
  private let dial: Installer.Dial
  private let interval: Duration
  private let log: Logger
  private let onChange: @Sendable () -> Void

  /// Asks `stores` every `interval` with what `dial` makes, one after the other, writes into the
  /// ledger through `session`, and calls `onChange` after each change.
  package init(
    _ session: any PostgresSession, stores: InstalledStores, dial: @escaping Installer.Dial,
    interval: Duration = .seconds(180), log: Logger, onChange: @escaping @Sendable () -> Void
  ) {
    self.session = session
    self.stores = stores
    self.dial = dial
    self.interval = interval
    self.log = log
    self.onChange = onChange
  }

  /// Asks until the shutdown.
  package func run() async throws {
    try? await cancelWhenGracefulShutdown {
      while true {
        try await Task.sleep(for: interval)
        do {
          try await ask()
        } catch {
          log.debug("the stores cannot be asked about their Apps", metadata: ["error": "\(error)"])
        }
      }
    }
  }

  /// Asks each store once. Only an answer with the same App, switched on, changes anything; whoever
  /// has changed the installation in the meantime knows more.
  /// - Throws: `PostgresError`, `LedgerError`, `CancellationError`.
  package func ask() async throws {
    for store in try await stores.all() where store.state == .inactive {
      try Task.checkCancellation()
      guard let token = store.token else { continue }
      // A token of an App that is off is refused, and a store that is down answers another time.
      guard let app = try? await dial(store.address, token, store.reach).app(),
        app.id == store.appID, app.isActive
      else { continue }
      let isChanged = try await InstallationRepository(session).activate(
        store: store.id, appID: app.id, unlessChangedSince: store.changedAt)
      guard isChanged else { continue }
      log.notice(
        "the App is switched on at the store, which nobody has told",
        metadata: ["store": "\(store.address)", "app": "\(app.id)"])
      onChange()
    }
  }
}
