import Domain
import FoundationEssentials
import Rules
import Testing

/// An amount of money.
func money(_ amount: String, _ currency: String = "USD") throws -> SignalValue {
  .money(
    Money(
      amount: try #require(Money.decimal(amount)), currency: try #require(Currency(currency))))
}

/// A sheet with one fact.
func sheet(_ signal: Signal, _ value: SignalValue?) -> FactSheet {
  var sheet = FactSheet()
  sheet[signal] = value
  return sheet
}

extension Rule {
  /// A rule whose reason is its name.
  static func make(
    _ name: String, _ condition: String, _ verdict: Verdict? = nil, weight: Int = 0,
    mode: Mode = .on
  ) throws -> Rule {
    Rule(
      name: name, reason: "because of \(name)", condition: try Condition(condition),
      verdict: verdict, weight: weight, mode: mode)
  }
}
