/// The forms in which the store writes an event, brought into one.
struct DeliveryBody {
  let event: String
  var orderID: String?
  var customerID: String?
  var email: String?
  var referralCode: String?
  var isPaid: Bool?
  var status: String?
  var created: String?
  var promoCodeIDs: [String] = []
  var recipientID: String?
  var issuedAt: String?
  var appID: String?

  /// Reads a body; `event` is what the header says, for bodies that do not name their event. What
  /// stands in the body of an event that is not acted on may have any shape.
  static func read(_ body: [UInt8], event: String?) throws(Delivery.Fault) -> DeliveryBody {
    let document: PartialJSON
    do {
      document = try PartialJSON(body)
    } catch {
      throw .notJSON
    }
    switch document {
    case .array(let subjects): return try readLegacy(subjects, event: event)
    case .object:
      guard let name = document[.typeName]?.text else {
        return try readUnnamed(document, event: event)
      }
      return try readNamed(document, event: name)
    default: throw .notJSON
    }
  }

  /// Reads the body of a subscription query, which names its event.
  private static func readNamed(
    _ document: PartialJSON, event: String
  ) throws(Delivery.Fault) -> DeliveryBody {
    var body = DeliveryBody(event: event)
    body.recipientID = document[.recipient]?[.id]?.text
    body.issuedAt = document[.issuedAt]?.text
    body.appID = document[.app]?[.id]?.text
    if Delivery.isAboutOrder(event) {
      if let order = try subject(document, .order) { try body.take(order: order) }
    } else if event == Delivery.customerCreated || Delivery.deletionEvents.contains(event) {
      if let user = try subject(document, .user) {
        body.customerID = try requiredText(user, .id)
        body.email = try text(user, .email)
        body.referralCode = try referralCode(user)
      }
    } else if Delivery.isAboutPromoCode(event) {
      let kind: PartialJSON.Name = Delivery.giftCardEvents.contains(event) ? .giftCard : .voucher
      if let promoCode = try subject(document, kind) {
        body.promoCodeIDs = [try requiredText(promoCode, .id)]
      }
    }
    return body
  }

  private mutating func take(order: PartialJSON) throws(Delivery.Fault) {
    orderID = try Self.requiredText(order, .id)
    if let user = try Self.subject(order, .user) { customerID = try Self.requiredText(user, .id) }
    email = try Self.text(order, .userEmail)
    referralCode = try Self.referralCode(order)
    switch order[.isPaid] {
    case .bool(let isPaid): self.isPaid = isPaid
    case .null, nil: break
    default: throw .badShape
    }
    status = try Self.text(order, .status)
    created = try Self.text(order, .created)
    promoCodeIDs = Self.hints(order[.giftCards]) + Self.hints(order[.voucher])
  }

  /// Reads a list of one object, as webhooks without a query send it.
  private static func readLegacy(
    _ subjects: [PartialJSON], event: String?
  ) throws(Delivery.Fault) -> DeliveryBody {
    guard let event else { throw .noEventName }
    guard Delivery.isActedOn(event), !Delivery.isAboutPromoCode(event),
      !Delivery.deletionEvents.contains(event)
    else { return DeliveryBody(event: event) }
    let isOrder = Delivery.isAboutOrder(event)
    guard subjects.count == 1, let subject = subjects.first,
      subject[.type]?.text == (isOrder ? "Order" : "User")
    else { throw .badShape }
    let id = try requiredText(subject, .id)
    var body = DeliveryBody(event: event)
    if isOrder { body.orderID = id } else { body.customerID = id }
    body.email = try text(subject, isOrder ? .legacyUserEmail : .email)
    if let metadata = try Self.subject(subject, .metadata) {
      body.referralCode = try text(metadata, .referralCode)
    }
    body.created = try text(subject, .created)
    return body
  }

  /// Reads a body that is an object without a name: a webhook without a query sends that for cards
  /// and vouchers, and for events that are not acted on.
  private static func readUnnamed(
    _ document: PartialJSON, event: String?
  ) throws(Delivery.Fault) -> DeliveryBody {
    guard let event else { throw .noEventName }
    if Delivery.isAboutPromoCode(event) {
      return DeliveryBody(event: event, promoCodeIDs: [try requiredText(document, .id)])
    }
    guard !Delivery.isActedOn(event) || Delivery.deletionEvents.contains(event) else {
      throw .noEventName
    }
    return DeliveryBody(event: event)
  }

  // MARK: Members

  /// A member that is an object, or null.
  private static func subject(
    _ value: PartialJSON, _ name: PartialJSON.Name
  ) throws(Delivery.Fault) -> PartialJSON? {
    guard let member = value[name], member != .null else { return nil }
    guard member.isObject else { throw .badShape }
    return member
  }

  /// A member that is text, or null.
  private static func text(
    _ value: PartialJSON, _ name: PartialJSON.Name
  ) throws(Delivery.Fault) -> String? {
    guard let member = value[name], member != .null else { return nil }
    guard let text = member.text else { throw .badShape }
    return text
  }

  private static func requiredText(
    _ value: PartialJSON, _ name: PartialJSON.Name
  ) throws(Delivery.Fault) -> String {
    guard let text = value[name]?.text else { throw .badShape }
    return text
  }

  /// What stands under the code's key in a list of metadata entries.
  private static func referralCode(_ value: PartialJSON) throws(Delivery.Fault) -> String? {
    guard let metadata = value[.metadata], metadata != .null else { return nil }
    guard let entries = metadata.elements else { throw .badShape }
    var code: String?
    for entry in entries {
      guard case .string(let key)? = entry[.key], entry[.value]?.isString == true else {
        throw .badShape
      }
      if code == nil, PartialJSON.Name(key) == .referralCode {
        code = try requiredText(entry, .value)
      }
    }
    return code
  }

  /// The ids of one thing or of several, or none when they cannot be read: what only hints at a
  /// change must not stand in the way of the order.
  private static func hints(_ things: PartialJSON?) -> [String] {
    guard let things else { return [] }
    let ids = (things.elements ?? [things]).map { $0[.id]?.text }
    return ids.contains(nil) ? [] : ids.compactMap(\.self)
  }
}
