package import Domain
import Ledger
package import Logging
package import Postgres

/// The stores that installed Laurel by themselves, ready to be worked for.
package struct InstalledStores: Sendable {
  /// One of them.
  package struct Store: Sendable, Equatable {
    /// Its number in the ledger.
    package let id: StoreID
    /// Its address.
    package let address: StoreAddress
    /// The App's id there; deliveries for another are not for us.
    package let appID: String
    /// The App's token.
    package let token: String
    /// How far requests to the store may go.
    package let reach: AllowedStores.Reach
    /// Whether it is worked for. One that is switched off, or whose App was deleted, still hears what
    /// becomes of its App.
    package let isActive: Bool
  }

  private let session: any PostgresSession
  private let tokens: TokenBox
  private let allowedStores: AllowedStores
  private let log: Logger

  /// Reads the ledger through `session`.
  package init(
    _ session: any PostgresSession, tokens: TokenBox, allowedStores: AllowedStores, log: Logger
  ) {
    self.session = session
    self.tokens = tokens
    self.allowedStores = allowedStores
    self.log = log
  }

  /// The stores, by their numbers, those that are switched off too. One that is no longer on the operator's
  /// list, or whose token cannot be opened, is left out and named in the log: it does not stand in
  /// the way of the others.
  /// - Throws: `PostgresError`, `LedgerError`.
  package func all() async throws -> [Store] {
    try await InstallationRepository(session).all().compactMap { installation in
      guard let address = StoreAddress(installation.address) else { return nil }
      var log = log
      log[metadataKey: "store"] = "\(address)"
      guard let reach = allowedStores.reach(of: address) else {
        log.warning("an installed store is not in LAUREL_ALLOWED_STORES; it is left alone")
        return nil
      }
      do {
        return Store(
          id: installation.store, address: address, appID: installation.appID,
          token: try tokens.open(installation.token, of: installation.address), reach: reach,
          isActive: installation.state == .active)
      } catch {
        log.error(
          "the token of an installed store cannot be opened; it is left alone",
          metadata: ["error": "\(error)"])
        return nil
      }
    }
  }
}
