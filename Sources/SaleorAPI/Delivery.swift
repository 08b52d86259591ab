package import Domain
package import FoundationEssentials

/// A webhook's body, read as far as Laurel needs it.
///
/// Only the body is signed. A body of a subscription query names its event, and the header that
/// names it too is not looked at. A body of a webhook without a query, here called legacy, names
/// none, so there the header is all that tells. It decides nothing about money: an order is read
/// back from the store before anything is decided on it.
package struct Delivery: Sendable, Equatable {
  /// Why a body cannot be used.
  package enum Fault: String, Error, Sendable {
    /// Not a JSON object or list in UTF-8, or one nested too deep.
    case notJSON = "the body is not JSON of the store's form"
    /// No `__typename`: the webhook's query does not ask for it. Or a legacy body without the
    /// header that names its event.
    case noEventName = "the body names no event; select __typename in the webhook's query"
    /// An id that no store gives.
    case badID = "the id of what the event is about is not one"
    /// An event that is used, about something that has not the shape that the store gives it.
    case badShape = "what the event is about is not of the store's shape"
  }

  /// The event's type, such as "OrderConfirmed".
  package let event: String
  /// The order that the event is about; `nil` for other events, or when the App may not read it.
  package let orderID: String?
  /// The customer that the event is about, or who placed the order.
  package let customerID: String?
  /// The customer's address, or the one on the order.
  package let email: EmailAddress?
  /// What stands under `ref_code` in the metadata of the order or customer.
  package let referralCodeText: String?

  /// Whether the delivery tells of an order that is paid in full.
  package let isPaid: Bool
  /// Whether the order may have fallen: an event says so, or the poll has seen it.
  package let mayHaveFallen: Bool
  /// When the order was placed, where the delivery tells.
  package let orderedAt: Date?
  /// The gift cards and vouchers that the event is about, or that the order was paid with. A hint to
  /// look at them, no more: those in an order that cannot be read are left out.
  package let promoCodeIDs: [String]

  /// The App that the store sent this to, as the signed body tells; `nil` when the webhook's query
  /// does not ask for `recipient { id }`. An event about an App is for that App.
  package let recipientID: String?
  /// When the store made the body, by its own clock; `nil` when the query does not ask.
  package let issuedAt: Date?
  /// Whether the header names another event than the signed body, which is believed.
  package let isHeaderContradicted: Bool

  /// The events about Apps: the store tells an App of its own fate, switched off or not (FACTS §9).
  private static let appEvents: Set<String> = ["AppInstalled", "AppStatusChanged", "AppDeleted"]

  /// The events about orders that Laurel acts on.
  package static let orderEvents: Set<String> = [
    "OrderConfirmed", "OrderPaid", "OrderFullyPaid", PolledOrder.event,
  ]
  /// The events after which an order may have fallen. Whether it did, the order itself says.
  package static let fallEvents: Set<String> = [
    "OrderCancelled", "OrderRefunded", "OrderFullyRefunded", "OrderExpired",
  ]
  private static let fallenStatuses: Set<String> = Set(
    [Order.Status.canceled, .expired, .returned].map(\.rawValue))
  /// The event of a new customer: the only one in which a claim to a code is believed, because
  /// later the customer, and Laurel, may have written to his metadata.
  package static let customerCreated = "CustomerCreated"

  /// The events of a customer whose account is gone, by his own hand or the staff's (3.23 and later).
  /// Only bodies of a subscription query are read.
  package static let deletionEvents: Set<String> = ["AccountDeleted", "CustomerDeleted"]

  /// The events after which a gift card is looked at. A new card has not been used yet.
  package static let giftCardEvents: Set<String> = [
    "GiftCardUpdated", "GiftCardStatusChanged", "GiftCardDeleted",
  ]
  /// The events after which a voucher is looked at.
  package static let voucherEvents: Set<String> = ["VoucherUpdated", "VoucherDeleted"]

  /// Whether the event is about an order that is to be read.
  static func isAboutOrder(_ event: String) -> Bool {
    orderEvents.contains(event) || fallEvents.contains(event)
  }

  /// Whether the event is about a gift card or a voucher that is to be looked at.
  static func isAboutPromoCode(_ event: String) -> Bool {
    giftCardEvents.contains(event) || voucherEvents.contains(event)
  }

  /// Whether the event is about a gift card or a voucher that is to be looked at.
  package var isAboutPromoCode: Bool { Self.isAboutPromoCode(event) }

  /// Whether the event is about an App.
  package var isAboutApp: Bool { Self.appEvents.contains(event) }

  /// Whether the event is of a kind that is acted on.
  ///
  /// Nothing follows from ACCOUNT_CONFIRMED: a newcomer has his code since he registered. Nor from
  /// CUSTOMER_METADATA_UPDATED: the customer can write there himself (FACTS §4). Nor from
  /// GIFT_CARD_SENT, which comes without a letter too (FACTS §7), and GIFT_CARD_CREATED, which tells
  /// of cards that nobody has used yet.
  package static func isActedOn(_ event: String) -> Bool {
    isAboutOrder(event) || event == customerCreated || isAboutPromoCode(event)
      || deletionEvents.contains(event)
  }

  /// Whether something follows from the event.
  package var isUsed: Bool { Self.isActedOn(event) && !lacksSubject }

  /// Whether the event should carry an order or a customer and does not: the App lacks a
  /// permission for one field of the webhook's query, and the store then sends null for the whole
  /// (FACTS §3).
  package var lacksSubject: Bool {
    Self.isAboutOrder(event) && orderID == nil
      || (event == Self.customerCreated || Self.deletionEvents.contains(event))
        && customerID == nil
      || isAboutPromoCode && promoCodeIDs.isEmpty
  }

  /// Reads a verified body.
  ///
  /// - Parameter eventHeader: the header `Saleor-Event`, such as "order_confirmed", or a type name
  ///   such as "OrderConfirmed"; looked at for bodies that do not name their event only.
  package init(body: [UInt8], eventHeader: String?) throws(Fault) {
    let headerEvent = eventHeader.map(Self.typeName)
    let fields = try DeliveryBody.read(body, event: headerEvent)
    guard !fields.event.isEmpty, fields.event.utf8.count <= 100, Self.isPlain(fields.event) else {
      throw .noEventName
    }
    let subject = Self.isAboutPromoCode(fields.event) ? fields.promoCodeIDs.first : nil
    for id in [fields.orderID, fields.customerID, subject].compactMap(\.self) {
      guard Self.isID(id) else { throw .badID }
    }
    event = fields.event
    orderID = fields.orderID
    customerID = fields.customerID
    email = fields.email.flatMap(EmailAddress.init)
    isPaid = fields.isPaid ?? (fields.event == "OrderFullyPaid")
    mayHaveFallen =
      Self.fallEvents.contains(fields.event)
      || fields.event == PolledOrder.event
        && (fields.isPaid != true || Self.fallenStatuses.contains(fields.status ?? ""))
    orderedAt = fields.created.flatMap(StoreTime.date)
    promoCodeIDs = fields.promoCodeIDs.filter(Self.isID)
    recipientID =
      fields.recipientID ?? (Self.appEvents.contains(fields.event) ? fields.appID : nil)
    issuedAt = fields.issuedAt.flatMap(StoreTime.date)
    isHeaderContradicted = headerEvent.map { $0 != fields.event } ?? false
    referralCodeText = fields.referralCode
  }

  /// "order_confirmed" as the type is called: "OrderConfirmed".
  private static func typeName(_ header: String) -> String {
    var name: [UInt8] = []
    var isStart = true
    for byte in header.utf8 {
      if byte == UInt8(ascii: "_") {
        isStart = true
      } else {
        name.append(isStart && (0x61...0x7A).contains(byte) ? byte - 0x20 : byte)
        isStart = false
      }
    }
    return String(decoding: name, as: UTF8.self)
  }

  /// Whether the text can be an id at the store.
  private static func isID(_ text: String) -> Bool {
    !text.isEmpty && text.utf8.count <= 255 && isPlain(text)
  }

  /// Whether the text has visible ASCII characters only, as the store's ids and type names do;
  /// PostgreSQL could not keep a NUL.
  private static func isPlain(_ text: String) -> Bool {
    text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
  }
}
