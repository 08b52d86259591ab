package import FoundationEssentials

/// What a campaign gives to one side.
package struct RewardOffer: Sendable, Equatable {
  /// Until when a reward can be used.
  package enum Validity: Sendable, Equatable {
    /// For so long after the day of the decision (UTC).
    case period(RewardPeriod)
    /// As long as the store has its gift cards last (`giftCardSettings`); gift cards only.
    case store
  }

  /// What only vouchers have.
  package struct VoucherTerms: Sendable, Equatable {
    /// Percent off, above 0 and at most 100; `nil` when the reward's amount is taken off. With it
    /// the amount is what the voucher counts for in budgets and figures.
    package var percentOff: Decimal?
    /// The subtotal from which it counts, by currency.
    package var minimumSpend: [Currency: Decimal] = [:]
    /// The ids of the categories at the store on whose goods it counts; empty for whole orders.
    package var categories: [String] = []

    /// A fixed amount off any order.
    package init() {}
  }

  /// Who receives it.
  package let role: RewardIdentity.Role
  /// What it is at the store.
  package let kind: RewardKind
  /// How much it is.
  package let amount: AmountRule
  /// Until when it can be used; `nil` for ever.
  package var validity: Validity?
  /// Whether a gift card can be spent by its owner only, where the store can do that (3.23 and
  /// later) and he has an account.
  package var isBound = false
  /// What only vouchers have.
  package var voucher = VoucherTerms()

  /// An offer without an end.
  package init(role: RewardIdentity.Role, kind: RewardKind, amount: AmountRule) {
    self.role = role
    self.kind = kind
    self.amount = amount
  }
}

/// A length of time by the calendar.
package struct RewardPeriod: Sendable, Equatable {
  /// The units that the store's settings have.
  package enum Unit: String, Sendable, CaseIterable {
    case day, week, month, year
  }

  /// How many units, 1 or more.
  package let count: Int
  /// Of which length.
  package let unit: Unit

  /// Puts a length together.
  package init(count: Int, unit: Unit) {
    self.count = count
    self.unit = unit
  }

  /// As PostgreSQL reads an interval: `3 month`.
  package var interval: String { "\(count) \(unit.rawValue)" }
}
