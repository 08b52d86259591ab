package import Domain

/// Everything that a decision may look at. Rules see nothing else, so a decision can be explained
/// by its facts alone.
package struct Facts: Sendable {
  /// The code that the order names, as the ledger knows it.
  package struct Code: Sendable {
    /// The code itself.
    package let code: ReferralCode
    /// Whether the shopkeeper has left it in force.
    package let isActive: Bool
    /// The customer who shares it.
    package let referrerUserID: String
    /// His address.
    package let referrerEmail: EmailAddress

    /// Puts the facts of a code together.
    package init(
      code: ReferralCode, isActive: Bool, referrerUserID: String, referrerEmail: EmailAddress
    ) {
      self.code = code
      self.isActive = isActive
      self.referrerUserID = referrerUserID
      self.referrerEmail = referrerEmail
    }
  }

  /// The order as the store tells it now.
  package var order: Order
  /// The code, or `nil` when no such code was ever issued.
  package var code: Code?
  /// The number or id of an earlier order of the same buyer for which a reward was due.
  package var earlierOrder: String?

  /// Puts the facts of a decision together.
  package init(order: Order, code: Code?, earlierOrder: String?) {
    self.order = order
    self.code = code
    self.earlierOrder = earlierOrder
  }
}
