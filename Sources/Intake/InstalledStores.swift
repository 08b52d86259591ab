package import Domain
import Ledger
package import Logging
package import Postgres

/// The stores that installed Laurel by themselves, ready to be worked for.
package struct InstalledStores: Sendable {
  /// One of them, switched on.
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
  }

  private let session: any PostgresSession
  private let tokens: TokenBox
  private let allowedStores: AllowedStores
  private let environmentStore: StoreAddress?
  private let log: Logger

  /// Reads the ledger through `session`. `environmentStore` is the store that the environment
  /// connects: where that one has also installed Laurel, what the environment says of it counts.
  package init(
    _ session: any PostgresSession, tokens: TokenBox, allowedStores: AllowedStores,
    environmentStore: StoreAddress?, log: Logger
  ) {
    self.session = session
    self.tokens = tokens
    self.allowedStores = allowedStores
    self.environmentStore = environmentStore
    self.log = log
  }

  /// The stores whose App is switched on, by their numbers. One that is no longer on the operator's
  /// list, or whose token cannot be opened, is left out and named in the log: it does not stand in
  /// the way of the others.
  /// - Throws: `PostgresError`, `LedgerError`.
  package func active() async throws -> [Store] {
    try await InstallationRepository(session).all().compactMap { installation in
      guard installation.state == .active, let address = StoreAddress(installation.address),
        address != environmentStore
      else { return nil }
      var log = log
      log[metadataKey: "store"] = "\(address)"
      guard let reach = allowedStores.reach(of: address) else {
        log.warning("an installed store is not in LAUREL_ALLOWED_STORES; it is left alone")
        return nil
      }
      do {
        return Store(
          id: installation.store, address: address, appID: installation.appID,
          token: try tokens.open(installation.token, of: installation.address), reach: reach)
      } catch {
        log.error(
          "the token of an installed store cannot be opened; it is left alone",
          metadata: ["error": "\(error)"])
        return nil
      }
    }
  }
}
