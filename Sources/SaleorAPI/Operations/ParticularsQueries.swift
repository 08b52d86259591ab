import Domain
import FoundationEssentials

/// The fields of an order that only the antifraud rules want to know.
///
/// They are asked for apart from the order (`OrderQuery`): a part that the App may not read, such as
/// the IP address of a payment without MANAGE_ORDERS, fails the whole answer (FACTS §5), and a
/// reward must not hang on that.
struct ParticularFields: Decodable {
  static let document = """
    fragment Place on Address {
      firstName
      lastName
      streetAddress1
      streetAddress2
      city
      postalCode
      country { code }
      phone
    }
    fragment Particulars on Order {
      metadata { key value }
      shippingAddress { ...Place }
      billingAddress { ...Place }
      payments {
        customerIpAddress
        creditCard { brand lastDigits expMonth expYear }
      }
    }
    """

  struct Payment: Decodable {
    struct Card: Decodable {
      let brand: String
      let lastDigits: String
      let expMonth: Int?
      let expYear: Int?
    }
    let customerIpAddress: String?
    let creditCard: Card?
  }

  let metadata: [MetadataItem]
  let shippingAddress: PlaceFields?
  let billingAddress: PlaceFields?
  let payments: [Payment]

  /// The fields in Laurel's own terms.
  var particulars: OrderParticulars {
    OrderParticulars(
      shippingAddress: shippingAddress?.address, billingAddress: billingAddress?.address,
      cards: payments.compactMap(\.creditCard).map {
        PaymentCard(
          brand: $0.brand, lastDigits: $0.lastDigits, expiryMonth: $0.expMonth,
          expiryYear: $0.expYear)
      },
      paymentAddresses: payments.compactMap(\.customerIpAddress),
      metadata: Dictionary(metadata.map { ($0.key, $0.value) }) { first, _ in first })
  }
}

/// An address as the store writes it.
struct PlaceFields: Decodable {
  struct Country: Decodable { let code: String }

  let firstName: String
  let lastName: String
  let streetAddress1: String
  let streetAddress2: String
  let city: String
  let postalCode: String
  let country: Country
  let phone: String?

  /// The address in Laurel's own terms.
  var address: PostalAddress {
    PostalAddress(
      name: "\(firstName) \(lastName)".trimmingSpace(), street: [streetAddress1, streetAddress2],
      city: city, postalCode: postalCode, country: country.code, phone: phone)
  }
}

/// The fields of a customer's account.
struct AccountFields: Decodable {
  let firstName: String
  let lastName: String
  let dateJoined: String

  /// The account in Laurel's own terms.
  func account() throws(StoreError) -> CustomerAccount {
    guard let joinedAt = StoreTime.date(dateJoined) else {
      throw StoreError(.unexpectedAnswer, "the time of an account is not a time")
    }
    return CustomerAccount(name: "\(firstName) \(lastName)".trimmingSpace(), joinedAt: joinedAt)
  }
}

/// Where an order goes, who placed it and how it was paid for. Needs the permission MANAGE_ORDERS.
struct OrderParticularsQuery: GraphQLOperation {
  let id: String

  static let name = "OrderParticulars"
  static let document = """
    query OrderParticulars($id: ID!) {
      order(id: $id) {
        ...Particulars
        giftCards { id }
        user { firstName lastName dateJoined }
      }
    }
    \(ParticularFields.document)
    """

  struct Answer: Decodable {
    struct Order: Decodable {
      struct Card: Decodable { let id: String }

      enum CodingKeys: String, CodingKey {
        case giftCards, user
      }

      let fields: ParticularFields
      let giftCards: [Card]
      let user: AccountFields?

      init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        giftCards = try container.decode([Card].self, forKey: .giftCards)
        user = try container.decodeIfPresent(AccountFields.self, forKey: .user)
        fields = try ParticularFields(from: decoder)
      }
    }
    let order: Order?
  }
}

/// A customer with his address book and his last ten orders. Needs the permissions MANAGE_USERS or
/// MANAGE_ORDERS for him, and MANAGE_ORDERS for the orders.
struct ReferrerQuery: GraphQLOperation {
  let id: String

  static let name = "Referrer"
  static let document = """
    query Referrer($id: ID!) {
      user(id: $id) {
        firstName
        lastName
        dateJoined
        addresses { ...Place }
        orders(first: 10) { edges { node { id ...Particulars } } }
      }
    }
    \(ParticularFields.document)
    """

  struct Answer: Decodable {
    struct User: Decodable {
      struct Connection: Decodable { let edges: [Edge] }
      struct Edge: Decodable { let node: Node }
      struct Node: Decodable {
        enum CodingKeys: String, CodingKey {
          case id
        }

        let id: String
        let fields: ParticularFields

        init(from decoder: any Decoder) throws {
          id = try decoder.container(keyedBy: CodingKeys.self).decode(String.self, forKey: .id)
          fields = try ParticularFields(from: decoder)
        }
      }

      enum CodingKeys: String, CodingKey {
        case addresses, orders
      }

      let account: AccountFields
      let addresses: [PlaceFields]
      let orders: Connection?

      init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        addresses = try container.decode([PlaceFields].self, forKey: .addresses)
        orders = try container.decodeIfPresent(Connection.self, forKey: .orders)
        account = try AccountFields(from: decoder)
      }
    }
    let user: User?
  }
}
