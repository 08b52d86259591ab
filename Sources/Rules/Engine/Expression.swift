import Domain
import FoundationEssentials

/// A condition as it is asked: its types agree.
indirect enum Expression: Sendable {
  /// All of them hold.
  case all([Expression])
  /// At least one of them holds.
  case any([Expression])
  /// It does not hold.
  case not(Expression)
  /// A flag.
  case flag(Signal)
  /// A number, a length of time or an amount beside a value or another signal; two equal texts.
  case comparison(Signal, Comparison, Operand)
  /// A text that a list names.
  case listed(Signal, EntrySet)
  /// How often something happened within so many seconds.
  case count(Signal, within: Double, Comparison, Int)

  /// What stands on the right of a comparison.
  enum Operand: Sendable {
    case value(SignalValue)
    case signal(Signal)
  }

  /// What it says of a sheet, none of whose values for `signals` is a misfit.
  func truth(for sheet: FactSheet) -> Truth {
    switch self {
    case .all(let parts):
      var truth = Truth.yes
      for part in parts {
        truth = truth && part.truth(for: sheet)
        if truth == .no { break }
      }
      return truth
    case .any(let parts):
      var truth = Truth.no
      for part in parts {
        truth = truth || part.truth(for: sheet)
        if truth == .yes { break }
      }
      return truth
    case .not(let part): return !part.truth(for: sheet)
    case .flag(let signal):
      guard case .flag(let flag) = sheet[signal] else { return .unknown }
      return flag ? .yes : .no
    case .comparison(let signal, let comparison, .value(let right)):
      guard let left = sheet[signal] else { return .unknown }
      return Self.compare(left, comparison, right, of: signal.type)
    case .comparison(let signal, let comparison, .signal(let other)):
      guard let left = sheet[signal], let right = sheet[other] else { return .unknown }
      return Self.compare(left, comparison, right, of: signal.type)
    case .listed(let signal, let entries):
      guard case .text(let text) = sheet[signal] else { return .unknown }
      return entries.contains(text)
    case .count(let signal, let window, let comparison, let number):
      guard case .times(let times) = sheet[signal] else { return .unknown }
      let count = times.reduce(0) { $1 <= window ? $0 + 1 : $0 }
      return comparison.holds(count, number) ? .yes : .no
    }
  }

  /// Its signals, once for each place where they stand.
  var signals: [Signal] {
    switch self {
    case .all(let parts), .any(let parts): parts.flatMap(\.signals)
    case .not(let part): part.signals
    case .flag(let signal), .listed(let signal, _), .count(let signal, _, _, _),
      .comparison(let signal, _, .value):
      [signal]
    case .comparison(let signal, _, .signal(let other)): [signal, other]
    }
  }

  /// Which answers are possible when of all signals only `known` have values, whichever they have.
  /// What stands in two places is taken for two, so more can seem possible than is.
  func possible(knowing known: Set<Signal>) -> (yes: Bool, no: Bool) {
    switch self {
    case .all(let parts):
      let answers = parts.map { $0.possible(knowing: known) }
      return (answers.allSatisfy(\.yes), answers.contains(where: \.no))
    case .any(let parts):
      let answers = parts.map { $0.possible(knowing: known) }
      return (answers.contains(where: \.yes), answers.allSatisfy(\.no))
    case .not(let part):
      let answer = part.possible(knowing: known)
      return (answer.no, answer.yes)
    case .flag, .comparison, .listed, .count:
      let isKnown = known.isSuperset(of: signals)
      return (isKnown, isKnown)
    }
  }

  /// Amounts in two currencies cannot be compared, nor what is no number or no IP address.
  private static func compare(
    _ left: SignalValue, _ comparison: Comparison, _ right: SignalValue, of type: SignalType
  ) -> Truth {
    switch (left, right) {
    case (.number(let left), .number(let right)), (.duration(let left), .duration(let right)):
      guard left.isFinite, right.isFinite else { return .unknown }
      return comparison.holds(left, right) ? .yes : .no
    case (.money(let left), .money(let right)):
      guard left.currency == right.currency, !left.amount.isNaN else { return .unknown }
      return comparison.holds(left.amount, right.amount) ? .yes : .no
    case (.text(let left), .text(let right)):
      guard case .text(let kind) = type else { return .unknown }
      guard kind == .network else {
        return comparison.holds(kind.form(of: left), kind.form(of: right)) ? .yes : .no
      }
      guard let left = IPAddress(left), let right = IPAddress(right) else { return .unknown }
      return (left == right) == (comparison == .equal) ? .yes : .no
    default: return .unknown
    }
  }
}
