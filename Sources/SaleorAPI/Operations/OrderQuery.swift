import Domain
import FoundationEssentials

/// Reads one order back from the store.
package struct OrderQuery: GraphQLOperation {
  /// The order's id.
  let id: String

  package static let name = "Order"
  package static let document = """
    query Order($id: ID!) {
      order(id: $id) {
        id
        number
        status
        isPaid
        chargeStatus
        origin
        created
        updatedAt
        channel { slug }
        subtotal { gross { amount currency } }
        totalCharged { amount currency }
        userEmail
        user { id isStaff }
        metadata { key value }
      }
    }
    """

  /// The order, or nothing when the store has none of that id.
  package struct Answer: Decodable, Sendable {
    let order: Fields?
  }

  struct Fields: Decodable {
    struct Channel: Decodable { let slug: String }
    struct Total: Decodable { let gross: MoneyFields }
    struct User: Decodable {
      let id: String
      let isStaff: Bool?
    }

    let id: String
    let number: String
    let status: String
    let isPaid: Bool
    let chargeStatus: String
    let origin: String
    let created: String
    let updatedAt: String
    let channel: Channel
    let subtotal: Total
    let totalCharged: MoneyFields
    let userEmail: String?
    let user: User?
    let metadata: [MetadataItem]

    /// The order in Laurel's own terms.
    func order() throws(StoreError) -> Order {
      guard let createdAt = StoreTime.date(created), let updatedAt = StoreTime.date(updatedAt)
      else {
        throw StoreError(.unexpectedAnswer, "the order's time is not a time")
      }
      let subtotal = try subtotal.gross.money()
      let charged = try totalCharged.money()
      guard subtotal.currency == charged.currency else {
        throw StoreError(.unexpectedAnswer, "the order has amounts in two currencies")
      }
      return Order(
        id: id, number: number, status: Order.Status(rawValue: status) ?? .unknown,
        isPaid: isPaid, chargeStatus: Order.ChargeStatus(rawValue: chargeStatus) ?? .unknown,
        origin: Order.Origin(rawValue: origin) ?? .unknown, createdAt: createdAt,
        updatedAt: updatedAt,
        channel: channel.slug, subtotal: subtotal.amount, totalCharged: charged.amount,
        currency: charged.currency, userID: user?.id, isStaffBuyer: user?.isStaff ?? false,
        emailText: userEmail,
        referralCodeText: metadata.value(of: Order.referralCodeKey))
    }
  }
}
