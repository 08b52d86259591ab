package import Domain
package import FoundationEssentials
package import Logging
import SaleorAPI
import Signing

/// Tells which customer of which store shows a token. What a token says is believed only under a key
/// that its store publishes.
package struct CustomerTokens: Sendable {
  /// A customer who has shown his token.
  package struct Customer: Sendable {
    /// The store that he is a customer of.
    package let store: StoreConnection
    /// His id there.
    package let userID: String
    /// His address.
    package let email: EmailAddress
  }

  /// Why a token is not accepted.
  package enum Refusal: Error, Sendable, Equatable {
    /// It has not the form of a token that a store gives, or is not signed with RS256.
    case malformed(String)
    /// No connected store has made it: another one is named, or the signature does not fit.
    case foreign
    /// Its time is over.
    case expired
    /// It is no access token: one for refreshing, or an App's.
    case wrongType
    /// It is one of the shop's staff.
    case staff

    init(_ refusal: CustomerClaims.Refusal) {
      switch refusal {
      case .malformed: self = .malformed("the claims are not a customer's")
      case .otherStore: self = .foreign
      case .expired: self = .expired
      case .wrongType: self = .wrongType
      case .staff: self = .staff
      }
    }
  }

  private let stores: StoreDirectory
  private let keys: KeyDirectory
  private let now: @Sendable () -> Date

  /// Accepts tokens of the active ones of `stores`, under their keys in `keys`; `now` is the clock
  /// by which a token ends.
  package init(
    stores: StoreDirectory, keys: KeyDirectory, now: @escaping @Sendable () -> Date = { Date() }
  ) {
    self.stores = stores
    self.keys = keys
    self.now = now
  }

  /// The customer whose token this is.
  /// - Throws: `Refusal`; `IntakeError.unavailable` when the store's key cannot be had just now.
  package func customer(showing compact: String, logger: Logger) async throws -> Customer {
    let token: JSONWebToken
    do {
      token = try JSONWebToken(compact: compact)
    } catch {
      throw Refusal.malformed(error.message)
    }
    let issuer = token.issuer.flatMap { StoreAddress($0)?.canonical }
    guard let issuer,
      let store = try stores.active().first(where: { $0.address.canonical == issuer })
    else { throw Refusal.foreign }
    do {
      try token.verify(
        keys: try await keys.keys(of: store.id, at: store.address, keyID: token.keyID))
      let claims = try CustomerClaims(payload: token.payload, of: store.address, now: now())
      return Customer(store: store, userID: claims.userID, email: claims.email)
    } catch let error as JSONWebTokenError where !error.isRetryable {
      logger.notice("token refused", metadata: ["reason": "\(error)"])
      throw Refusal.foreign
    } catch let refusal as CustomerClaims.Refusal {
      throw Refusal(refusal)
    } catch {
      // Anybody can make up a key's id, so this is no error of ours to be looked at.
      logger.warning("token not checked", metadata: ["error": "\(error)"])
      throw IntakeError.unavailable("the token could not be checked")
    }
  }
}
