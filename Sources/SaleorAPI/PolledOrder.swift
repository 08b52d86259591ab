import Domain
package import FoundationEssentials

/// An order that Laurel found at the store by itself, in the form of a delivery.
///
/// The store has no event of this name. A webhook that gives itself the name gains nothing by it:
/// it needs the store's signature as any other, it tells as much as an `OrderConfirmed`, and nothing
/// is decided on it before the order is read back. It is taken in like those, because if the intake
/// passed it over, the same bytes would later keep the poll's own delivery out of the inbox.
package struct PolledOrder: Sendable, Equatable {
  /// The event's type.
  package static let event = "OrderPolled"

  /// The order's id.
  package let id: String
  /// When it was changed last, by the store's clock.
  package let updatedAt: Date
  /// The delivery's body. The same state of an order always gives the same bytes, and of its metadata
  /// only the code is in it.
  package let body: [UInt8]
}

/// The fields of an order that a delivery tells and Laurel uses.
struct PolledOrderFields: Codable {
  struct Buyer: Codable { let id: String }

  static let document = """
    fragment PolledOrder on Order {
      id
      created
      updatedAt
      status
      isPaid
      userEmail
      user { id }
      metadata { key value }
    }
    """

  let id: String
  let created: String
  let updatedAt: String
  let status: String
  let isPaid: Bool
  let userEmail: String?
  let user: Buyer?
  var metadata: [MetadataItem]

  /// The order as a delivery.
  func polled() throws -> PolledOrder {
    guard let time = StoreTime.date(updatedAt) else {
      throw StoreError(.unexpectedAnswer, "an order's time is not a time")
    }
    var order = self
    order.metadata.removeAll { $0.key != Order.referralCodeKey }
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    return PolledOrder(id: id, updatedAt: time, body: Array(try encoder.encode(Body(order: order))))
  }

  private struct Body: Encodable {
    let event = PolledOrder.event
    let order: PolledOrderFields

    enum CodingKeys: String, CodingKey {
      case event = "__typename"
      case order
    }
  }
}
