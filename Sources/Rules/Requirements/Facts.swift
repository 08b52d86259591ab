package import Domain

/// Everything that a decision rests on. The rules see nothing else.
package struct Facts: Sendable {
  /// A code as it was issued.
  package struct Code: Sendable {
    /// The code itself.
    package let code: ReferralCode
    /// Whether it is in force.
    package let isActive: Bool
    /// The customer who shares it.
    package let referrerUserID: String
    /// His address.
    package let referrerEmail: EmailAddress

    /// Puts a code together.
    package init(
      code: ReferralCode, isActive: Bool, referrerUserID: String, referrerEmail: EmailAddress
    ) {
      self.code = code
      self.isActive = isActive
      self.referrerUserID = referrerUserID
      self.referrerEmail = referrerEmail
    }
  }

  /// A referral for which a reward was due, of the same order or of the same buyer: the same
  /// customer, or an address of the same mailbox.
  package struct Earlier: Sendable, Equatable {
    /// Its order's id.
    package let orderID: String
    /// The number that people see; the id while it is not known.
    package let orderNumber: String
    /// The code that earned the reward.
    package let code: String

    /// Puts a referral together.
    package init(orderID: String, orderNumber: String, code: String) {
      self.orderID = orderID
      self.orderNumber = orderNumber
      self.code = code
    }
  }

  /// What is known of what the buyer bought before this order.
  package enum History: Sendable, Equatable {
    /// Nothing was looked for, or the store cannot be asked.
    case unknown
    /// This is his first order.
    case none
    /// An order that he placed and paid before this one: its number.
    case order(String)
    /// Nothing was found, but the store's past orders have not all been read yet: how far that is.
    case unread(String)
  }

  /// How many rewards were due for the code already, by calendar in UTC.
  package struct Tally: Sendable, Equatable {
    /// Today.
    package let today: Int
    /// In this month.
    package let thisMonth: Int

    /// Puts a tally together.
    package init(today: Int, thisMonth: Int) {
      self.today = today
      self.thisMonth = thisMonth
    }
  }

  /// The order as it was read back from the store.
  package var order: Order
  /// The code that counts for it; `nil` when none of that text was issued.
  package var code: Code?
  /// The referrals of the same order or buyer for which a reward was due.
  package var earlier: [Earlier]
  /// What the buyer bought before.
  package var history: History
  /// The rewards of the code so far.
  package var tally: Tally

  /// Puts the facts together.
  package init(
    order: Order, code: Code?, earlier: [Earlier] = [], history: History = .unknown,
    tally: Tally = Tally(today: 0, thisMonth: 0)
  ) {
    self.order = order
    self.code = code
    self.earlier = earlier
    self.history = history
    self.tally = tally
  }
}
