package import FoundationEssentials

/// An order of the stand-in store. It is kept whole, as the JSON of a recorded order, so that any
/// field that was recorded can be asked for and webhooks carry the recorded shape.
package struct SandboxOrder: Sendable, Equatable {
  /// Every field of the order.
  package var fields: JSONValue

  /// An order from the body of a recorded delivery (its `order`), or from an order alone. Nil
  /// when there is no order with an id in it.
  package init?(recorded body: [UInt8]) {
    guard let document = try? JSONParser.parse(body) else { return nil }
    let order = document["order"].asObject.map(JSONValue.object) ?? document
    guard order["id"].asString != nil else { return nil }
    fields = order
  }

  /// A confirmed order that is paid in full: UNFULFILLED, FULL.
  package static func paid(
    number: Int, total: Decimal, currency: String = "USD", channel: String = "default-channel",
    email: String, userID: String? = nil, metadata: [String: String] = [:], created: Date = Date()
  ) -> SandboxOrder {
    var order = unpaid(
      number: number, total: total, currency: currency, channel: channel, email: email,
      userID: userID, metadata: metadata, created: created)
    order.pay()
    return order
  }

  /// An order that nobody has paid yet: UNCONFIRMED, NONE.
  package static func unpaid(
    number: Int, total: Decimal, currency: String = "USD", channel: String = "default-channel",
    email: String, userID: String? = nil, metadata: [String: String] = [:], created: Date = Date()
  ) -> SandboxOrder {
    SandboxOrder(
      fields: template(
        number: number, total: total, currency: currency, channel: channel, email: email,
        userID: userID, metadata: metadata, created: created))
  }

  private init(fields: JSONValue) { self.fields = fields }

  /// The order's global id.
  package var id: String { fields["id"].asString ?? "" }
  /// The number that people see.
  package var number: String { fields["number"].asString ?? "" }
  /// When it was made, as the store writes it.
  package var created: String { fields["created"].asString ?? "" }
  /// When it was changed last, as the store writes it.
  package var changed: String { fields["updatedAt"].asString ?? created }
  /// `UNCONFIRMED`, `UNFULFILLED`, `FULFILLED`, `CANCELED` and so on.
  package var status: String {
    get { fields["status"].asString ?? "" }
    set {
      fields["status"] = .string(newValue)
      let words = newValue.lowercased().split(separator: "_").joined(separator: " ")
      fields["statusDisplay"] = .string(words.prefix(1).uppercased() + words.dropFirst())
    }
  }
  /// `CHECKOUT`, `DRAFT`, `REISSUE` or `BULK_CREATE`.
  package var origin: String {
    get { fields["origin"].asString ?? "" }
    set { fields["origin"] = .string(newValue) }
  }
  /// Whether it is paid in full: false again after a partial refund, still true once cancelled.
  package var isPaid: Bool {
    get { fields["isPaid"].asBool ?? false }
    set { fields["isPaid"] = .bool(newValue) }
  }
  /// `NONE`, `PARTIAL`, `FULL` or `OVERCHARGED`.
  package var chargeStatus: String {
    get { fields["chargeStatus"].asString ?? "" }
    set { fields["chargeStatus"] = .string(newValue) }
  }
  /// The channel's slug.
  package var channel: String { fields["channel"]["slug"].asString ?? "" }
  /// The currency.
  package var currency: String { fields["total"]["gross"]["currency"].asString ?? "" }
  /// The total with tax, after gift cards.
  package var total: Decimal { fields["total"]["gross"]["amount"].asDecimal ?? 0 }
  /// What has been charged and not refunded.
  package var totalCharged: Decimal { fields["totalCharged"]["amount"].asDecimal ?? 0 }
  /// The address typed at checkout, in the case in which it was typed.
  package var userEmail: String {
    get { fields["userEmail"].asString ?? "" }
    set { fields["userEmail"] = .string(newValue) }
  }
  /// The customer's global id; nil for a guest.
  package var userID: String? { fields["user"]["id"].asString }
  /// Public metadata.
  package var metadata: [String: String] {
    get { fields["metadata"].metadataEntries }
    set { fields["metadata"] = .metadata(newValue) }
  }

  /// Private metadata, which only staff and Apps can read.
  package var privateMetadata: [String: String] {
    get { fields["privateMetadata"].metadataEntries }
    set { fields["privateMetadata"] = .metadata(newValue) }
  }

  /// Charges the whole total; an unconfirmed order becomes confirmed.
  package mutating func pay() {
    charge(total, refunded: 0)
    if status == "UNCONFIRMED" { status = "UNFULFILLED" }
  }

  /// Takes something off the total, as a gift card or a voucher does; a paid order stays paid.
  mutating func reduceTotal(by amount: Decimal) {
    fields["total"] = .taxedMoney(total - amount, currency)
    if isPaid { charge(total, refunded: fields["totalRefunded"]["amount"].asDecimal ?? 0) }
  }

  /// Gives back a part or all of what was charged. The status stays, as recorded.
  package mutating func refund(_ amount: Decimal) {
    let refunded = (fields["totalRefunded"]["amount"].asDecimal ?? 0) + amount
    charge(totalCharged - amount, refunded: refunded)
  }

  /// Cancels the order. What was paid stays paid: `isPaid` does not change, as recorded.
  package mutating func cancel() {
    status = "CANCELED"
  }

  /// Sets what is charged and everything that follows from it.
  private mutating func charge(_ charged: Decimal, refunded: Decimal) {
    let currency = currency
    fields["totalCharged"] = .money(charged, currency)
    fields["totalRefunded"] = .money(refunded, currency)
    fields["totalBalance"] = .money(charged - total, currency)
    isPaid = charged >= total
    chargeStatus =
      charged > total ? "OVERCHARGED" : charged == total ? "FULL" : charged > 0 ? "PARTIAL" : "NONE"
    fields["authorizeStatus"] = .string(
      charged >= total ? "FULL" : charged > 0 ? "PARTIAL" : "NONE")
    fields["paymentStatus"] = .string(
      charged >= total
        ? "FULLY_CHARGED" : charged > 0 ? "PARTIALLY_CHARGED" : "NOT_CHARGED")
  }
}
