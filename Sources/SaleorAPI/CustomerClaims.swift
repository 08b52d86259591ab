package import Domain
package import FoundationEssentials

/// What a customer's access token says (FACTS, `tokens.json`): the store makes it when he logs in,
/// for five minutes, and the storefront holds it.
package struct CustomerClaims: Sendable, Equatable {
  /// Why a token's claims do not do.
  package enum Refusal: String, Error, Sendable, CaseIterable {
    /// They are not those of a token of the store's.
    case malformed
    /// It is of another store.
    case otherStore
    /// Its time is over.
    case expired
    /// It is no access token: one for refreshing, or an App's.
    case wrongType
    /// It is one of the shop's staff.
    case staff
  }

  /// The customer's id at the store.
  package let userID: String
  /// His address.
  package let email: EmailAddress

  private struct Fields: Decodable {
    let iss: String
    let exp: Int
    let type: String
    let owner: String
    let token: String
    let userID: String
    let email: String
    let isStaff: Bool
    let app: String?

    enum CodingKeys: String, CodingKey {
      case iss, exp, type, owner, token, email, app
      case userID = "user_id"
      case isStaff = "is_staff"
    }
  }

  /// Reads the claims of a token whose signature has been checked. All of them have to be those of a
  /// customer of `store`, at the time `now`.
  /// - Throws: `Refusal`.
  package init(
    payload: [UInt8], of store: StoreAddress, now: Date
  ) throws(Refusal) {
    guard let fields = try? JSONDecoder().decode(Fields.self, from: Data(payload)) else {
      throw .malformed
    }
    guard StoreAddress(fields.iss)?.canonical == store.canonical else { throw .otherStore }
    guard fields.type == "access", fields.owner == "saleor", fields.app == nil else {
      throw .wrongType
    }
    guard !fields.isStaff else { throw .staff }
    guard Double(fields.exp) > now.timeIntervalSince1970 else { throw .expired }
    guard UserID.isValid(fields.userID), let email = EmailAddress(fields.email),
      !fields.token.isEmpty
    else { throw .malformed }
    userID = fields.userID
    self.email = email
  }
}
