package import Domain
import Ledger
package import Logging
package import Postgres
package import SaleorAPI

/// Follows what the staff of a store do with the App: switched off or deleted there, the store is
/// left alone; switched on again, it is worked for again. Nothing of its history is touched.
package struct AppEvents: Sendable {
  private let session: any PostgresSession
  private let onChange: @Sendable () -> Void

  /// Writes into the ledger through `session`, and calls `onChange` after each change.
  package init(_ session: any PostgresSession, onChange: @escaping @Sendable () -> Void) {
    self.session = session
    self.onChange = onChange
  }

  /// Applies an event of `store`, whose signature has been checked. Returns whether it changed
  /// anything: an event about another App does not, nor one that is older than what is known or came
  /// before.
  /// - Throws: `PostgresError`.
  @discardableResult
  package func apply(_ event: AppEvent, store: StoreID, logger: Logger) async throws -> Bool {
    let state: InstallationRepository.State =
      switch event.state {
      case .active: .active
      case .inactive: .inactive
      case .deleted: .deleted
      }
    let isChanged = try await InstallationRepository(session).change(
      store: store, appID: event.appID, to: state, issuedAt: event.issuedAt)
    if isChanged {
      logger.notice(
        "the App's state at the store", metadata: ["app": "\(event.appID)", "state": "\(state)"])
      onChange()
    }
    return isChanged
  }
}
