/// A condition of a rule, in the small language of `config/laurel.yaml`:
///
///     account_age < 24h and not same_postal_address
///     referrals_by_network(1h) >= 5 or buyer_domain in suspicious_domains
///     order_value > 500 USD and cycle_length >= 2
///
/// It is typed when it is read, so that a rule which is read can be asked.
///
/// Compared are a signal and a value, or two signals of one type, by `<`, `<=`, `>`, `>=`, `==` and
/// `!=`; texts by `==`, `!=`, `in` and `not in`. Values are numbers (`0.85`), lengths of time
/// (`90s`, `15m`, `24h`, `7d`), amounts (`100 USD`) and texts in double quotes; behind `in` stands the
/// name of a list or texts in `[` and `]`. Amounts in different currencies cannot be compared: that
/// is unknown.
package struct Condition: Sendable {
  /// What is wrong with a condition, and where.
  package struct Fault: Error, Sendable, Equatable {
    /// A sentence for the shopkeeper.
    package let message: String
    /// Where it stands in the text, counted in Unicode scalars from 0.
    package let offset: Int
  }

  /// As it was written.
  package let source: String
  /// The signals on which it rests.
  package let signals: Set<Signal>
  /// Whether it can hold by what is known of the network alone, which many people share: when all
  /// other signals are unknown. A condition that says the same thing twice can be taken for such a
  /// one although it can never hold.
  package let restsOnNetworkAlone: Bool
  private let expression: Expression

  /// Reads a condition; `lists` are the lists that it can name.
  /// - Throws: `Condition.Fault`, the first one.
  package init(_ source: String, lists: ConditionLists = ConditionLists()) throws(Fault) {
    var parser = try ConditionParser(source, lists: lists)
    expression = try parser.condition()
    self.source = source
    signals = Set(expression.signals)
    restsOnNetworkAlone = expression.possible(knowing: Signal.ofNetwork).yes
  }

  /// Whether the condition holds; `nil` when it could not be asked, because a fact is of another
  /// type than its signal.
  package func holds(for sheet: FactSheet) -> Truth? {
    guard sheet.misfits.isEmpty || signals.isDisjoint(with: sheet.misfits) else { return nil }
    return expression.truth(for: sheet)
  }
}
