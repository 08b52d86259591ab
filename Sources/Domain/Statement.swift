package import FoundationEssentials

/// The account of one currency: what was due, and what became of it. Its sums have to agree.
package struct Statement: Sendable, Equatable {
  /// A number of rewards, and how much they are worth together.
  package struct Entry: Sendable, Equatable {
    /// How many rewards.
    package var count: Int
    /// What they are worth, in the statement's currency.
    package var amount: Decimal

    /// An entry; without values, none.
    package init(_ count: Int = 0, _ amount: Decimal = 0) {
      self.count = count
      self.amount = amount
    }
  }

  /// The currency of every amount.
  package let currency: Currency
  /// Every reward that was decided to be due.
  package var due = Entry()
  /// Owed, and not known to exist at the store.
  package var inFlight = Entry()
  /// It exists at the store and was not taken back: unused, used or ended.
  package var issued = Entry()
  /// Taken back, or about to be.
  package var clawedBack = Entry()
  /// Refused before the store was told.
  package var rejected = Entry()
  /// Given up until a human looks at it.
  package var givenUp = Entry()
  /// Of all these, what came from the store because the ledger did not know it.
  package var adopted = Entry()
  /// What was spent of issued rewards.
  package var spent: Decimal = 0
  /// What is left of issued rewards that ended.
  package var expired: Decimal = 0
  /// What is left of issued rewards that can be used.
  package var outstanding: Decimal = 0
  /// What had been spent of rewards before they were taken back.
  package var shortfall: Decimal = 0
  /// What the store says is left of issued rewards that can be used.
  package var balanceAtStore: Decimal = 0

  /// An empty statement.
  package init(currency: Currency) {
    self.currency = currency
  }

  /// The sums that do not agree, a sentence each; none when all is well.
  package var disagreements: [String] {
    let parts = [inFlight, issued, clawedBack, rejected, givenUp]
    let count = parts.reduce(0) { $0 + $1.count }
    let amount = parts.reduce(0) { $0 + $1.amount }
    var sentences: [String] = []
    if due.count != count || due.amount != amount {
      sentences.append(
        "\(due.count) rewards of \(due.amount) \(currency) were due, and \(count) of \(amount) are in "
          + "flight, issued, clawed back, rejected or given up")
    }
    if issued.amount != spent + outstanding + expired {
      sentences.append(
        "\(issued.amount) \(currency) were issued, and \(spent) spent, \(outstanding) outstanding and "
          + "\(expired) expired are \(spent + outstanding + expired)")
    }
    if outstanding != balanceAtStore {
      sentences.append(
        "\(outstanding) \(currency) are outstanding, and the store has balances of \(balanceAtStore)"
      )
    }
    return sentences
  }
}
