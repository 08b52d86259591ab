/// A condition of a rule, in the small language of `config/laurel.yaml`:
///
///     account_age < 24h and not same_postal_address
///     referrals_by_network(1h) >= 5 or buyer_domain in suspicious_domains
///     order_value > 500 USD and cycle_length >= 2
///
/// It is typed when it is read, so that a rule which is read can be asked.
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

  /// Reads a condition; `lists` are the lists that the file names, by name.
  /// - Throws: `Condition.Fault`, the first one.
  package init(_ source: String, lists: [String: [String]] = [:]) throws(Fault) {
    // To be built: the language.
    self.source = source
  }

  /// Whether the condition holds; `nil` when it could not be asked, because a fact is of another
  /// type than its signal.
  package func holds(for sheet: FactSheet) -> Truth? { .unknown }

  /// The signals on which it rests.
  package var signals: Set<Signal> { [] }

  /// Whether it can hold by what is known of the network alone, which many people share.
  package var restsOnNetworkAlone: Bool { false }
}
