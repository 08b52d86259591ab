/// Something in which the ledger and the store differ.
package struct Difference: Sendable, Equatable {
  /// What can differ.
  package enum Kind: String, Sendable, CaseIterable {
    /// The ledger has it issued, and the store no longer has it. It is never made again.
    case gone
    /// The ledger has it issued, and somebody switched it off at the store.
    case switchedOff = "switched_off"
    /// The ledger has it issued, and at the store Laurel itself took it back: the ledger was put
    /// back to an older state.
    case takenBack = "taken_back"
    /// The ledger has it taken back, and at the store it can be used.
    case revived
    /// The ledger has it refused before the store was told, and at the store it can be used.
    case refused
    /// The ledger has it given up, and the store has it, but worth nothing.
    case givenUp = "given_up"
    /// Its amount or currency is another one at the store.
    case worth
    /// The store's code that names it is not the one that the ledger knows.
    case otherCode = "other_code"
    /// More than one code at the store names it.
    case doubled
    /// The store has a code of a reward that the ledger does not know.
    case unknown
    /// Two sums of a statement do not agree.
    case sum
  }

  /// What differs.
  package let kind: Kind
  /// The reward's id; `nil` when it is about none.
  package let rewardID: String?
  /// Its order's id at the store; `nil` when it is not known.
  package let orderID: String?
  /// The id of the gift card or voucher; `nil` when it is about none.
  package let promoCodeID: String?
  /// A sentence for people.
  package let detail: String
  /// Whether this run has put it right, or has had it done.
  package let isRepaired: Bool

  /// Puts a difference together.
  package init(
    _ kind: Kind, rewardID: String? = nil, orderID: String? = nil, promoCodeID: String? = nil,
    detail: String, isRepaired: Bool = false
  ) {
    self.kind = kind
    self.rewardID = rewardID
    self.orderID = orderID
    self.promoCodeID = promoCodeID
    self.detail = detail
    self.isRepaired = isRepaired
  }
}
