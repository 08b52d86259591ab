package import Domain

/// What of an order can be found on another order too, each in its one spelling.
package struct OrderTraits: Sendable, Equatable {
  /// Where orders go and are billed to (`PostalAddress.canonical`).
  package var postalAddresses: Set<String> = []
  /// Telephone numbers (`PhoneNumber.canonical`).
  package var phones: Set<String> = []
  /// Cards (`PaymentCard.canonical`).
  package var cards: Set<String> = []
  /// IP addresses (`IPAddress.canonical`).
  package var ipAddresses: Set<String> = []
  /// Their networks (`IPAddress.network`).
  package var networks: Set<String> = []
  /// Ids of devices, as the storefront gave them.
  package var devices: Set<String> = []

  /// No traits.
  package init() {}

  /// The traits of an order, with what the storefront left under the keys of `marks`.
  package init(_ order: OrderParticulars, marks: OrderMarks) {
    let places = [order.shippingAddress, order.billingAddress].compactMap(\.self)
    add(places)
    cards = Set(order.cards.compactMap(\.canonical))
    // What the storefront tells is the buyer; a plugin may tell the storefront's server.
    let told = order.metadata[marks.ipKey].flatMap(IPAddress.init)
    let found = told.map { [$0] } ?? order.paymentAddresses.compactMap(IPAddress.init)
    ipAddresses = Set(found.map(\.canonical))
    networks = Set(found.map(\.network))
    devices = Set([order.metadata[marks.deviceKey]].compactMap { $0.flatMap(Self.device) })
  }

  /// The traits of a referrer: of his address book and of his orders but the one of this id.
  package init(_ referrer: ReferrerProfile, otherThan orderID: String, marks: OrderMarks) {
    add(referrer.addresses)
    for order in referrer.orders where order.id != orderID {
      let other = OrderTraits(order.particulars, marks: marks)
      postalAddresses.formUnion(other.postalAddresses)
      phones.formUnion(other.phones)
      cards.formUnion(other.cards)
      ipAddresses.formUnion(other.ipAddresses)
      networks.formUnion(other.networks)
      devices.formUnion(other.devices)
    }
  }

  private mutating func add(_ addresses: [PostalAddress]) {
    postalAddresses.formUnion(addresses.compactMap(\.canonical))
    phones.formUnion(addresses.compactMap(\.canonicalPhone))
  }

  /// What scripts write when they know no id.
  private static let noDevices: Set<String> = [
    "", "0", "-", "null", "nil", "none", "undefined", "unknown", "nan", "[object object]",
  ]

  private static func device(_ text: String) -> String? {
    let id = text.trimmingSpace()
    return noDevices.contains(id.lowercased()) || id.utf8.count > 500 ? nil : id
  }
}
