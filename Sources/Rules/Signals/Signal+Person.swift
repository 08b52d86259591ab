/// The signals that tell who somebody is: what an erasure takes out of the facts that are kept. A
/// customer's id leads to nobody any more once his account is gone.
extension Signal {
  /// Those about the buyer.
  package static let ofBuyersPerson: [Signal] = [.buyerAddress, .buyerDomain, .buyerIP]
  /// Those about the referrer.
  package static let ofReferrersPerson: [Signal] = [.referrerAddress, .referrerDomain]
}
