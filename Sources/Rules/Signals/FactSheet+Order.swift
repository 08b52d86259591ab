package import Domain
import FoundationEssentials

/// What follows from the order, its buyer and its code, without asking anybody else.
extension FactSheet {
  /// The facts of an order and of the code that counts for it.
  package init(_ order: Order, code: Facts.Code?, history: Facts.History) {
    self.init()
    self[.orderValue] = .money(order.spending)
    self[.channel] = .text(order.channel)
    self[.buyerUser] = order.userID.map(SignalValue.text)
    self[.buyerGuest] = .flag(order.userID == nil)
    self[.buyerAddress] = (order.email?.mailbox).map(SignalValue.text)
    self[.buyerDomain] = (order.email?.domain).map(SignalValue.text)
    switch history {
    case .none: self[.firstOrder] = .flag(true)
    case .order: self[.firstOrder] = .flag(false)
    case .unknown, .unread: break
    }
    guard let code else { return }
    self[.code] = .text(code.code.value)
    self[.referrerUser] = .text(code.referrerUserID)
    self[.referrerAddress] = .text(code.referrerEmail.mailbox)
    self[.referrerDomain] = .text(code.referrerEmail.domain)
    self[.addressSimilarity] = order.email.map {
      .number(Likeness.ofAddresses($0, code.referrerEmail))
    }
  }

  /// Adds what the store tells of the order beside.
  package mutating func add(
    _ particulars: OrderParticulars, traits: OrderTraits, of order: Order
  ) {
    let shipping = particulars.shippingAddress?.countryCode
    let billing = particulars.billingAddress?.countryCode
    self[.shippingCountry] = shipping.map(SignalValue.text)
    self[.billingCountry] = billing.map(SignalValue.text)
    if let shipping, let billing { self[.countryMismatch] = .flag(shipping != billing) }
    self[.buyerIP] = traits.ipAddresses.min().map(SignalValue.text)
    if order.userID != nil { self[.accountAge] = age(of: particulars.account, at: order) }
  }

  /// Adds what the store tells of the referrer.
  package mutating func add(_ referrer: ReferrerProfile, of order: Order) {
    self[.referrerAccountAge] = age(of: referrer.account, at: order)
  }

  /// Adds what buyer and referrer have in common. Where one of them has nothing of a kind, that kind
  /// is unknown.
  package mutating func compare(
    _ buyer: OrderParticulars, _ buyerTraits: OrderTraits, with referrer: ReferrerProfile,
    _ referrerTraits: OrderTraits
  ) {
    let kinds: [(Signal, KeyPath<OrderTraits, Set<String>>)] = [
      (.samePostalAddress, \.postalAddresses), (.samePhone, \.phones), (.sameCard, \.cards),
      (.sameIP, \.ipAddresses), (.sameNetwork, \.networks), (.sameDevice, \.devices),
    ]
    for (signal, kind) in kinds {
      let (own, other) = (buyerTraits[keyPath: kind], referrerTraits[keyPath: kind])
      guard !own.isEmpty, !other.isEmpty else { continue }
      self[signal] = .flag(!own.isDisjoint(with: other))
    }
    self[.nameSimilarity] = Self.likeness(
      Self.names(buyer.account, [buyer]),
      Self.names(referrer.account, referrer.orders.map(\.particulars))
    ).map(SignalValue.number)
  }

  /// How old an account was when the order was placed; one that was made with the order, by a clock
  /// that differs a little, is 0 seconds old.
  private func age(of account: CustomerAccount?, at order: Order) -> SignalValue? {
    account.map { .duration(max(0, order.createdAt.timeIntervalSince($0.joinedAt))) }
  }

  /// What somebody is called: by his account, and on the bills of his orders. To whom an order goes
  /// does not count: it can be a present.
  private static func names(
    _ account: CustomerAccount?, _ orders: [OrderParticulars]
  ) -> Set<String> {
    Set(([account?.name] + orders.map(\.billingAddress?.name)).compactMap { $0?.folded })
      .subtracting([""])
  }

  private static func likeness(_ names: Set<String>, _ others: Set<String>) -> Double? {
    names.flatMap { name in others.compactMap { Likeness.ofNames(name, $0) } }.max()
  }
}
