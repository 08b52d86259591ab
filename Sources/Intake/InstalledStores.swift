package import Domain
package import FoundationEssentials
package import Ledger
package import Logging
import NIOConcurrencyHelpers
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
    /// The App's token; `nil` while no key opens it.
    package let token: String?
    /// How far requests to the store may go.
    package let reach: AllowedStores.Reach
    /// What its staff have done with the App.
    package let state: InstallationRepository.State
    /// When the ledger's row was changed last, by the database's clock.
    package let changedAt: Date

    /// Whether it is worked for. One that is switched off, or whose App was deleted, still hears what
    /// becomes of its App; one without a token, whose deliveries do not need it, is heard too.
    package var isActive: Bool { state == .active && token != nil }
  }

  /// Why a store is not worked for, whatever its staff have done.
  private enum Obstacle: Equatable {
    case notAllowed
    case sealed(InstallationRepository.State)
  }

  private let session: any PostgresSession
  private let tokens: TokenBox
  private let allowedStores: AllowedStores
  private let log: Logger
  /// What the log says of the stores: each thing is said once, and again when it comes back.
  private let told = NIOLockedValueBox<[StoreID: Obstacle]>([:])

  /// Reads the ledger through `session`.
  package init(
    _ session: any PostgresSession, tokens: TokenBox, allowedStores: AllowedStores, log: Logger
  ) {
    self.session = session
    self.tokens = tokens
    self.allowedStores = allowedStores
    self.log = log
  }

  /// The stores, by their numbers, those that are switched off too. One that is no longer on the
  /// operator's list is left out. What stands in the way of one is named in the log, and does not
  /// stand in the way of the others.
  /// - Throws: `PostgresError`, `LedgerError`.
  package func all() async throws -> [Store] {
    try await InstallationRepository(session).all().compactMap { installation in
      guard let address = StoreAddress(installation.address) else { return nil }
      var log = log
      log[metadataKey: "store"] = "\(address)"
      guard let reach = allowedStores.reach(of: address) else {
        if isNew(.notAllowed, of: installation.store) {
          log.warning("an installed store is not in LAUREL_ALLOWED_STORES; it is left alone")
        }
        return nil
      }
      var token: String?
      do {
        token = try tokens.open(installation.token, of: installation.address)
        _ = isNew(nil, of: installation.store)
      } catch {
        if isNew(.sealed(installation.state), of: installation.store) {
          log.error(
            "the token of an installed store cannot be opened; its deliveries wait in the inbox",
            metadata: ["error": "\(error)"])
        }
      }
      return Store(
        id: installation.store, address: address, appID: installation.appID, token: token,
        reach: reach, state: installation.state, changedAt: installation.changedAt)
    }
  }

  /// Notes what stands in a store's way, and returns whether that was something else before.
  private func isNew(_ obstacle: Obstacle?, of store: StoreID) -> Bool {
    told.withLockedValue { told in
      defer { told[store] = obstacle }
      return told[store] != obstacle
    }
  }
}
