import Domain
import FoundationEssentials

/// A webhook's body, read as far as Laurel needs it.
///
/// Only the body is signed. A body of a subscription query names its event, and the header that
/// names it too is not looked at. A body of a webhook without a query (a list of one object, here
/// called legacy) names none, so there the header is all that tells. It decides nothing: an order
/// is read back from the store before anything is decided on it.
package struct Delivery: Sendable, Equatable {
  /// Why a body cannot be used.
  package enum Fault: String, Error, Sendable {
    /// Not a JSON object in UTF-8, or one nested too deep.
    case notJSON = "the body is not a JSON object"
    /// No `__typename`: the webhook's query does not ask for it. Or a legacy body without the
    /// header that names its event.
    case noEventName = "the body names no event; select __typename in the webhook's query"
    /// An id that no store gives.
    case badOrderID = "the order's id is not one"
    /// An order event whose order has not the shape that the store gives it.
    case badOrder = "the order is not of the store's shape"
  }

  /// The event's type, such as "OrderConfirmed".
  package let event: String
  /// The order's id; `nil` when the event carries none, or when the App may not read it.
  package let orderID: String?
  /// What stands under `ref_code` in the order's metadata.
  package let referralCodeText: String?

  /// The events that Laurel acts on.
  package static let orderEvents: Set<String> = ["OrderConfirmed", "OrderPaid", "OrderFullyPaid"]

  /// Whether something follows from the event.
  package var isUsed: Bool { Self.orderEvents.contains(event) && orderID != nil }

  /// Whether the event should carry an order and does not: the App lacks a permission for one
  /// field of the webhook's query, and the store then sends null for the whole (FACTS §3).
  package var lacksOrder: Bool { Self.orderEvents.contains(event) && orderID == nil }

  /// Reads a verified body.
  ///
  /// - Parameter eventHeader: the header `Saleor-Event`, such as "order_confirmed", or a type name
  ///   such as "OrderConfirmed"; looked at for legacy bodies only.
  package init(body: [UInt8], eventHeader: String?) throws(Fault) {
    let fields: Fields
    do {
      let isLegacy = body.first { !Self.space.contains($0) } == UInt8(ascii: "[")
      fields =
        isLegacy
        ? try Self.legacyFields(body, eventHeader)
        : try JSONDecoder().decode(Fields.self, from: Data(body))
    } catch let fault as Fault {
      throw fault
    } catch {
      throw .notJSON
    }
    guard let event = fields.event, !event.isEmpty, event.utf8.count <= 100,
      Self.isPlain(event)
    else { throw .noEventName }
    if let id = fields.order?.id {
      guard !id.isEmpty, id.utf8.count <= 255, Self.isPlain(id) else { throw .badOrderID }
    }
    self.event = event
    orderID = fields.order?.id
    referralCodeText = fields.order?.metadata?.value(of: Order.referralCodeKey)
  }

  /// JSON's white space (RFC 8259, section 2).
  private static let space: Set<UInt8> = [0x20, 0x09, 0x0A, 0x0D]

  /// Reads a legacy body: a list of one object, with the metadata as an object too.
  private static func legacyFields(_ body: [UInt8], _ eventHeader: String?) throws -> Fields {
    let event = eventHeader.map(typeName)
    guard let event, orderEvents.contains(event) else {
      // Whatever it holds is not used, but it has to be a list in JSON.
      _ = try JSONDecoder().decode([Nothing].self, from: Data(body))
      return Fields(event: event, order: nil)
    }
    let orders: [LegacyOrder]
    do {
      orders = try JSONDecoder().decode([LegacyOrder].self, from: Data(body))
    } catch DecodingError.dataCorrupted {
      throw Fault.notJSON
    } catch {
      throw Fault.badOrder
    }
    guard orders.count == 1, let order = orders.first, order.type == "Order" else {
      throw Fault.badOrder
    }
    return Fields(
      event: event,
      order: .init(
        id: order.id,
        metadata: order.metadata?.map { MetadataItem(key: $0.key, value: $0.value) }))
  }

  /// "order_confirmed" as the type is called: "OrderConfirmed".
  private static func typeName(_ header: String) -> String {
    header.split(separator: "_").map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
  }

  /// Whether the text has visible ASCII characters only, as the store's ids and type names do;
  /// PostgreSQL could not keep a NUL.
  private static func isPlain(_ text: String) -> Bool {
    text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
  }

  private struct LegacyOrder: Decodable {
    let type: String
    let id: String
    let metadata: [String: String]?
  }

  /// Any value, of which nothing is read.
  private struct Nothing: Decodable {
    init(from decoder: any Decoder) {}
  }

  private struct Fields: Decodable {
    struct OrderFields: Decodable {
      let id: String
      let metadata: [MetadataItem]?
    }
    let event: String?
    let order: OrderFields?

    init(event: String?, order: OrderFields?) {
      self.event = event
      self.order = order
    }

    enum CodingKeys: String, CodingKey {
      case event = "__typename"
      case order
    }

    /// Reads the order of events that are used, and of no other: those may have any shape.
    init(from decoder: any Decoder) throws {
      let container = try decoder.container(keyedBy: CodingKeys.self)
      event = try? container.decode(String.self, forKey: .event)
      guard let event, Delivery.orderEvents.contains(event) else {
        order = nil
        return
      }
      do {
        order = try container.decodeIfPresent(OrderFields.self, forKey: .order)
      } catch {
        throw Fault.badOrder
      }
    }
  }
}
