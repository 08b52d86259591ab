package import FoundationEssentials

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

  /// How an order came to be.
  package enum Origin: String, Sendable, CaseIterable {
    /// Bought at the storefront.
    case checkout = "CHECKOUT"
    /// Made by staff.
    case draft = "DRAFT"
    /// Made anew after a return.
    case reissue = "REISSUE"
    /// Imported.
    case bulkCreate = "BULK_CREATE"
    /// An origin that this version of Laurel does not know.
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
  /// How it came to be.
  package var origin: Origin
  /// When it was placed.
  package var createdAt: Date
  /// When it was changed last, by the store's clock.
  package var updatedAt: Date
  /// The channel's slug.
  package var channel: String
  /// The goods with tax, after vouchers, before gift cards, without shipping (FACTS §4).
  package var subtotal: Decimal
  /// What was charged, without what gift cards paid (FACTS §4).
  package var totalCharged: Decimal
  /// The currency of the order.
  package var currency: Currency
  /// The customer's id; `nil` for a guest.
  package var userID: String?
  /// Whether the customer is one of the shop's staff.
  package var isStaffBuyer: Bool
  /// The address on the order as it was typed.
  package var emailText: String?
  /// What stands under `ref_code` in the order's metadata, as it stands there.
  package var referralCodeText: String?

  /// Puts an order together.
  package init(
    id: String, number: String, status: Status, isPaid: Bool, chargeStatus: ChargeStatus,
    origin: Origin, createdAt: Date, updatedAt: Date, channel: String, subtotal: Decimal,
    totalCharged: Decimal,
    currency: Currency, userID: String?, isStaffBuyer: Bool, emailText: String?,
    referralCodeText: String?
  ) {
    self.id = id
    self.number = number
    self.status = status
    self.isPaid = isPaid
    self.chargeStatus = chargeStatus
    self.origin = origin
    self.createdAt = createdAt
    self.updatedAt = updatedAt
    self.channel = channel
    self.subtotal = subtotal
    self.totalCharged = totalCharged
    self.currency = currency
    self.userID = userID
    self.isStaffBuyer = isStaffBuyer
    self.emailText = emailText
    self.referralCodeText = referralCodeText
  }

  /// The address on the order; `nil` when what was typed is none.
  package var email: EmailAddress? { emailText.flatMap(EmailAddress.init) }

  /// What the buyer paid in money for goods: neither shipping nor what gift cards paid counts, so
  /// that a reward cannot earn the next one.
  package var spending: Money {
    Money(amount: min(subtotal, totalCharged), currency: currency)
  }

  /// The metadata key under which a checkout names the referral code.
  package static let referralCodeKey = "ref_code"
}
