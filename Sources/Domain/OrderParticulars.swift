package import FoundationEssentials

/// What the store tells of an order beside the facts on which a reward rests: where it goes, who
/// placed it, and how it was paid for.
package struct OrderParticulars: Sendable, Equatable {
  /// Where it goes; `nil` for goods that are not sent.
  package var shippingAddress: PostalAddress?
  /// Where the bill goes.
  package var billingAddress: PostalAddress?
  /// The cards that paid for it, where the payment plugin tells.
  package var cards: [PaymentCard]
  /// The IP addresses from which it was paid, where the payment plugin tells.
  package var paymentAddresses: [String]
  /// The order's open metadata, in which a storefront can leave what it knows.
  package var metadata: [String: String]
  /// The ids of the gift cards that paid for it.
  package var giftCardIDs: [String]
  /// The buyer's account; `nil` for a guest.
  package var account: CustomerAccount?

  /// Puts particulars together.
  package init(
    shippingAddress: PostalAddress? = nil, billingAddress: PostalAddress? = nil,
    cards: [PaymentCard] = [], paymentAddresses: [String] = [], metadata: [String: String] = [:],
    giftCardIDs: [String] = [], account: CustomerAccount? = nil
  ) {
    self.shippingAddress = shippingAddress
    self.billingAddress = billingAddress
    self.cards = cards
    self.paymentAddresses = paymentAddresses
    self.metadata = metadata
    self.giftCardIDs = giftCardIDs
    self.account = account
  }
}

/// A customer's account at the store.
package struct CustomerAccount: Sendable, Equatable {
  /// First and last name; empty when he has given none.
  package var name: String
  /// When it was made.
  package var joinedAt: Date

  /// Puts an account together.
  package init(name: String, joinedAt: Date) {
    self.name = name
    self.joinedAt = joinedAt
  }
}

/// What the store tells of a referrer, to be compared with a buyer.
package struct ReferrerProfile: Sendable {
  /// His account.
  package var account: CustomerAccount
  /// The addresses in his address book.
  package var addresses: [PostalAddress]
  /// His last orders by their ids, the newest first.
  package var orders: [(id: String, particulars: OrderParticulars)]

  /// Puts a profile together.
  package init(
    account: CustomerAccount, addresses: [PostalAddress],
    orders: [(id: String, particulars: OrderParticulars)]
  ) {
    self.account = account
    self.addresses = addresses
    self.orders = orders
  }
}
