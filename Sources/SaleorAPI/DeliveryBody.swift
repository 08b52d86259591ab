import FoundationEssentials

/// The forms in which the store writes an event, brought into one.
struct DeliveryBody {
  let event: String
  var orderID: String?
  var customerID: String?
  var email: String?
  var metadata: [MetadataItem]?
  var isPaid: Bool?
  var status: String?
  var created: String?
  var promoCodeIDs: [String] = []
  var recipientID: String?
  var issuedAt: String?
  var appID: String?

  /// JSON's white space (RFC 8259, section 2).
  private static let space: Set<UInt8> = [0x20, 0x09, 0x0A, 0x0D]

  /// Reads a body; `event` is what the header says, for bodies that do not name their event.
  static func read(_ body: [UInt8], event: String?) throws(Delivery.Fault) -> DeliveryBody {
    let isList = body.first { !space.contains($0) } == UInt8(ascii: "[")
    do {
      return isList
        ? try readLegacy(Data(body), event: event)
        : try JSONDecoder().decode(Named.self, from: Data(body)).fields(unnamed: event)
    } catch let fault as Delivery.Fault {
      throw fault
    } catch {
      throw .notJSON
    }
  }

  /// Reads a list of one object, as webhooks without a query send it.
  private static func readLegacy(_ body: Data, event: String?) throws -> DeliveryBody {
    guard let event else { throw Delivery.Fault.noEventName }
    guard Delivery.isActedOn(event), !Delivery.isAboutPromoCode(event),
      !Delivery.deletionEvents.contains(event)
    else {
      // Whatever it holds is not used, but it has to be JSON. Cards and vouchers are no lists.
      _ = try JSONDecoder().decode([Anything].self, from: body)
      return DeliveryBody(event: event)
    }
    let subjects: [LegacySubject]
    do {
      subjects = try JSONDecoder().decode([LegacySubject].self, from: body)
    } catch DecodingError.dataCorrupted {
      throw Delivery.Fault.notJSON
    } catch {
      throw Delivery.Fault.badShape
    }
    let isOrder = Delivery.isAboutOrder(event)
    guard subjects.count == 1, let subject = subjects.first,
      subject.type == (isOrder ? "Order" : "User")
    else { throw Delivery.Fault.badShape }
    return DeliveryBody(
      event: event, orderID: isOrder ? subject.id : nil, customerID: isOrder ? nil : subject.id,
      email: isOrder ? subject.userEmail : subject.email,
      metadata: subject.metadata?.map { MetadataItem(key: $0.key, value: $0.value) },
      created: subject.created)
  }
}

/// An order or a customer in a legacy body; the metadata is an object there.
private struct LegacySubject: Decodable {
  let type: String
  let id: String
  let email: String?
  let userEmail: String?
  let metadata: [String: String]?
  let created: String?

  enum CodingKeys: String, CodingKey {
    case type, id, email, metadata, created
    case userEmail = "user_email"
  }
}

/// Any value, of which nothing is read.
private struct Anything: Decodable {
  init(from decoder: any Decoder) {}
}

/// The body of a subscription query, which names its event.
private struct Named: Decodable {
  struct OrderFields: Decodable {
    struct Buyer: Decodable { let id: String }
    let id: String
    let user: Buyer?
    let userEmail: String?
    let metadata: [MetadataItem]?
    let isPaid: Bool?
    let status: String?
    let created: String?
    let giftCards: Hints?
    let voucher: Hints?
  }

  /// The ids of one thing or of several, or none when they cannot be read: what only hints at a
  /// change must not stand in the way of the order.
  struct Hints: Decodable {
    struct Thing: Decodable { let id: String }
    let ids: [String]

    init(from decoder: any Decoder) {
      let things =
        (try? [Thing](from: decoder)) ?? [try? Thing(from: decoder)].compactMap(\.self)
      ids = things.map(\.id)
    }
  }

  /// A gift card or a voucher.
  struct PromoCode: Decodable { let id: String }

  /// An App: the one that the body is for, or that the event is about.
  struct AppFields: Decodable { let id: String }

  struct UserFields: Decodable {
    let id: String
    let email: String?
    let metadata: [MetadataItem]?
  }

  enum CodingKeys: String, CodingKey {
    case event = "__typename"
    case order, user, giftCard, voucher, id, recipient, issuedAt, app
  }

  let event: String?
  var order: OrderFields?
  var user: UserFields?
  var promoCode: PromoCode?
  /// The id at the top: a card or voucher of a legacy body.
  var topID: String?
  /// What stands beside the subject, where it can be read.
  var recipient: AppFields?
  var issuedAt: String?
  var app: AppFields?

  /// Reads the order, the customer, the card or the voucher of events that are acted on, and nothing of others: those may
  /// have any shape.
  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    event = try? container.decode(String.self, forKey: .event)
    guard let event else {
      topID = try? container.decode(String.self, forKey: .id)
      return
    }
    recipient = try? container.decode(AppFields.self, forKey: .recipient)
    issuedAt = try? container.decode(String.self, forKey: .issuedAt)
    app = try? container.decode(AppFields.self, forKey: .app)
    do {
      if Delivery.isAboutOrder(event) {
        order = try container.decodeIfPresent(OrderFields.self, forKey: .order)
      } else if event == Delivery.customerCreated || Delivery.deletionEvents.contains(event) {
        user = try container.decodeIfPresent(UserFields.self, forKey: .user)
      } else if Delivery.isAboutPromoCode(event) {
        promoCode = try container.decodeIfPresent(
          PromoCode.self,
          forKey: Delivery.giftCardEvents.contains(event) ? .giftCard : .voucher)
      }
    } catch {
      throw Delivery.Fault.badShape
    }
  }

  /// What the body tells. Without a name it is a legacy body that is an object, which of the events
  /// that are acted on only those of gift cards and vouchers have; `unnamed` is then the header's
  /// event.
  func fields(unnamed: String?) throws(Delivery.Fault) -> DeliveryBody {
    guard let event else {
      guard let unnamed else { throw .noEventName }
      if Delivery.isAboutPromoCode(unnamed) {
        guard let topID else { throw .badShape }
        return DeliveryBody(event: unnamed, promoCodeIDs: [topID])
      }
      guard !Delivery.isActedOn(unnamed) || Delivery.deletionEvents.contains(unnamed) else {
        throw .noEventName
      }
      return DeliveryBody(event: unnamed)
    }
    return DeliveryBody(
      event: event, orderID: order?.id, customerID: order?.user?.id ?? user?.id,
      email: order?.userEmail ?? user?.email, metadata: order?.metadata ?? user?.metadata,
      isPaid: order?.isPaid, status: order?.status, created: order?.created,
      promoCodeIDs: (order?.giftCards?.ids ?? []) + (order?.voucher?.ids ?? [])
        + [promoCode?.id].compactMap(\.self),
      recipientID: recipient?.id, issuedAt: issuedAt,
      appID: app?.id)
  }
}
