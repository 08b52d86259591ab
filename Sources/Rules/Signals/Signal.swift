/// A fact about one order on which a rule can rest, by the name that it has in `config/laurel.yaml`
/// and in the ledger. `Signal+Catalogue` says of each what it holds and what it is for.
///
/// The raw value is the place in a `FactSheet`; it is kept nowhere, so the sequence is free.
package enum Signal: Int, CaseIterable, Sendable {
  // The order.
  case orderValue, orderValueRatio, channel, shippingCountry, billingCountry, countryMismatch
  case firstOrder, paidWithRewardCard
  // The buyer.
  case buyerUser, buyerAddress, buyerDomain, buyerIP, buyerGuest, accountAge
  // The code and the referrer.
  case code, codeAge, referrerUser, referrerAddress, referrerDomain, referrerAccountAge
  case referrerReferrals, referrerFallenShare
  // What buyer and referrer have in common.
  case addressSimilarity, nameSimilarity, samePostalAddress, samePhone, sameCard, sameIP
  case sameNetwork, sameDevice
  // How often the same happened before.
  case referralsByReferrer, referralsByIP, referralsByNetwork, referralsByDevice
  case referralsByPostalAddress, referralsByPhone, referralsByCard
  // Who hangs together with whom.
  case cycleLength, clusterSize
}

/// What kind of value a signal has.
package enum SignalType: Sendable, Equatable {
  /// True or false.
  case flag
  /// A count, a share or a likeness.
  case number
  /// An amount with its currency.
  case money
  /// A length of time in seconds.
  case duration
  /// A text; what it names says how it is compared with the entries of a list.
  case text(TextKind)
  /// When something else happened: how far in time from this order, in seconds, the nearest first. A
  /// rule asks for the number within a window.
  case times
}

/// What a text names, and so what "in" means for it.
package enum TextKind: Sendable, Equatable {
  /// A customer's id at the store; compared as it is.
  case user
  /// An e-mail address; compared by the mailbox that it reaches.
  case address
  /// The domain of an address; an entry stands for what lies below it too.
  case domain
  /// An IP address; an entry is an address or a network such as `192.0.2.0/24`.
  case network
  /// A referral code; compared without regard to case.
  case code
  /// A country (ISO 3166-1 alpha-2); compared without regard to case.
  case country
  /// A channel's slug; compared as it is.
  case channel
}
