package import Domain
package import Signing

/// A store that Laurel serves now.
package struct StoreConnection: Sendable {
  /// How the store's deliveries prove where they come from. One way is never accepted in place of
  /// the other.
  package enum Verification: Sendable {
    /// HMAC-SHA256 under the webhook's secret, one of these (FACTS §2).
    case hmac(WebhookSecrets)
    /// A detached JSON Web Signature under a key that the store publishes. Webhooks of a manifest
    /// are always signed so.
    case jws
  }

  /// Its number in the ledger.
  package let id: StoreID
  /// Its address at the first connection.
  package let address: StoreAddress
  /// The App's token; empty where it cannot be opened, and then the store is not active.
  package let token: String
  /// The App's id at the store; `nil` while it is not known. When it is, a delivery has to be for
  /// this App.
  package let appID: String?
  /// Whether each of its deliveries says for which App it is, as those of the manifest's webhooks do.
  /// Where webhooks are made by hand, their queries may not ask for it, or there may be none.
  package let namesApp: Bool
  /// How its deliveries are verified.
  package let verification: Verification
  /// Whether it is worked for. An App that was switched off still hears what becomes of it.
  package let isActive: Bool

  /// Puts a store together.
  package init(
    id: StoreID, address: StoreAddress, token: String, appID: String?, namesApp: Bool = true,
    verification: Verification, isActive: Bool = true
  ) {
    self.id = id
    self.address = address
    self.token = token
    self.appID = appID
    self.namesApp = namesApp
    self.verification = verification
    self.isActive = isActive
  }

  /// An installed store: its webhooks are those of the manifest.
  package init(_ store: InstalledStores.Store) {
    self.init(
      id: store.id, address: store.address, token: store.token ?? "", appID: store.appID,
      verification: .jws, isActive: store.isActive)
  }

  /// Whether what runs for one can go on running for the other.
  package func isWorkedLike(_ other: StoreConnection) -> Bool {
    id == other.id && token == other.token && isActive == other.isActive
  }
}

extension StoreConnection: CustomStringConvertible, CustomReflectable {
  /// The address only: the token is secret.
  package var description: String { address.canonical }
  /// A mirror without children, for the same reason.
  package var customMirror: Mirror { Mirror(self, children: []) }
}
