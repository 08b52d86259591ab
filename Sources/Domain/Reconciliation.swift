/// What a comparison of the ledger with the store came to.
package struct Reconciliation: Sendable, Equatable {
  /// How many differences are told one by one; of more, the number is known.
  package static let maximumDetails = 1000

  /// How many promo codes of Laurel's the store has.
  package let codes: Int
  /// How many of them were unknown and are being adopted.
  package let adopting: Int
  /// The accounts, by currency.
  package let statements: [Statement]
  /// The differences, `maximumDetails` of each kind at most.
  package let differences: [Difference]
  /// How many there are of each kind that are not put right.
  package let remaining: [Difference.Kind: Int]
  /// How many were put right.
  package let repaired: Int

  /// Puts it together, and adds the sums that do not agree to what differs. `found` has the
  /// differences told one by one, `remaining` how many there are of each kind.
  package init(
    codes: Int, adopting: Int, repaired: Int, statements: [Statement], found: [Difference],
    remaining: [Difference.Kind: Int]
  ) {
    self.codes = codes
    self.adopting = adopting
    self.statements = statements.sorted { $0.currency.code < $1.currency.code }
    let sums = self.statements.flatMap(\.disagreements).map { Difference(.sum, detail: $0) }
    differences = found + sums
    var remaining = remaining
    remaining[.sum, default: 0] += sums.count
    self.remaining = remaining.filter { $0.value > 0 }
    self.repaired = repaired
  }

  /// How many differences are left.
  package var remainingCount: Int { remaining.values.reduce(0, +) }

  /// For the log, in one line.
  package var summary: String {
    let kinds = remaining.sorted { $0.key.rawValue < $1.key.rawValue }
      .map { "\($0.key.rawValue) \($0.value)" }
    return "\(codes) codes, \(adopting) being adopted, \(repaired) repaired, "
      + (kinds.isEmpty ? "no difference" : "differences: \(kinds.joined(separator: ", "))")
  }
}
