/// From where signals are known, where asking costs something: what no rule asks for is not fetched.
extension Signal {
  /// How often others had something in common with the order, by traces.
  package static let ofTraces: Set<Signal> = [
    .referralsByIP, .referralsByNetwork, .referralsByDevice, .referralsByPostalAddress,
    .referralsByPhone, .referralsByCard, .clusterSize,
  ]
  /// What buyer and referrer have in common, by what the store tells of both.
  package static let ofComparison: Set<Signal> = [
    .nameSimilarity, .samePostalAddress, .samePhone, .sameCard, .sameIP, .sameNetwork,
    .sameDevice,
  ]
  /// What the store tells of the order beside the order itself. Traces are made of it.
  package static let ofParticulars: Set<Signal> = ofTraces.union(ofComparison).union([
    .shippingCountry, .billingCountry, .countryMismatch, .paidWithRewardCard, .buyerIP,
    .accountAge,
  ])
  /// What the store tells of the referrer.
  package static let ofReferrer: Set<Signal> = ofComparison.union([.referrerAccountAge])
  /// What the ledger knows of the code.
  package static let ofCode: Set<Signal> = [
    .codeAge, .referralsByReferrer, .referrerReferrals, .referrerFallenShare,
  ]
}
