/// An order as the store tells it when it is read back: the facts on which Laurel decides.
package struct Order: Sendable, Equatable {
  /// The states of an order at the store.
  package enum Status: String, Sendable {
    case draft = "DRAFT"
    case unconfirmed = "UNCONFIRMED"
    case unfulfilled = "UNFULFILLED"
    case partiallyFulfilled = "PARTIALLY_FULFILLED"
    case fulfilled = "FULFILLED"
    case partiallyReturned = "PARTIALLY_RETURNED"
    case returned = "RETURNED"
    case canceled = "CANCELED"
    case expired = "EXPIRED"
    /// A state that this version of Laurel does not know; nothing is paid on it.
    case unknown = "?"
  }

  /// How much of the order has been charged.
  package enum ChargeStatus: String, Sendable {
    case none = "NONE"
    case partial = "PARTIAL"
    case full = "FULL"
    case overcharged = "OVERCHARGED"
    /// A value that this version of Laurel does not know; nothing is paid on it.
    case unknown = "?"
  }

  /// The order's id at the store (base64 of "Order:…").
  package var id: String
  /// The number that people see.
  package var number: String
  /// The order's state.
  package var status: Status
  /// Whether the store holds the order for paid.
  package var isPaid: Bool
  /// How much of it has been charged.
  package var chargeStatus: ChargeStatus
  /// The channel's slug.
  package var channel: String
  /// The total after vouchers and gift cards, with tax and shipping.
  package var total: Money
  /// The customer's id; `nil` for a guest.
  package var userID: String?
  /// The address on the order; `nil` when the store has none that is one.
  package var email: EmailAddress?
  /// What stands under `ref_code` in the order's metadata, as it stands there.
  package var referralCodeText: String?

  /// Puts an order together.
  package init(
    id: String, number: String, status: Status, isPaid: Bool, chargeStatus: ChargeStatus,
    channel: String, total: Money, userID: String?, email: EmailAddress?,
    referralCodeText: String?
  ) {
    self.id = id
    self.number = number
    self.status = status
    self.isPaid = isPaid
    self.chargeStatus = chargeStatus
    self.channel = channel
    self.total = total
    self.userID = userID
    self.email = email
    self.referralCodeText = referralCodeText
  }

  /// The metadata key under which a checkout names the referral code.
  package static let referralCodeKey = "ref_code"
}
