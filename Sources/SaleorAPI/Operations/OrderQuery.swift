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
        channel { slug }
        total { gross { amount currency } }
        userEmail
        user { id }
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
    struct User: Decodable { let id: String }

    let id: String
    let number: String
    let status: String
    let isPaid: Bool
    let chargeStatus: String
    let channel: Channel
    let total: Total
    let userEmail: String?
    let user: User?
    let metadata: [MetadataItem]

    /// The order in Laurel's own terms.
    func order() throws(StoreError) -> Order {
      Order(
        id: id, number: number, status: Order.Status(rawValue: status) ?? .unknown,
        isPaid: isPaid, chargeStatus: Order.ChargeStatus(rawValue: chargeStatus) ?? .unknown,
        channel: channel.slug, total: try total.gross.money(),
        userID: user?.id, email: userEmail.flatMap(EmailAddress.init),
        referralCodeText: metadata.value(of: Order.referralCodeKey))
    }
  }
}
