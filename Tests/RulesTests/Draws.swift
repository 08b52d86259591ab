import Domain
import FoundationEssentials
import RandomTesting
import Rules

/// Facts and rules as a seed draws them.
extension SeededGenerator {
  mutating func element<Element>(_ elements: [Element]) -> Element {
    elements[number(0, elements.count - 1)]
  }

  /// Facts: some unknown, a few of a wrong type.
  mutating func facts() -> FactSheet {
    var facts = FactSheet()
    for signal in Signal.allCases where !chance(30) {
      facts[signal] = chance(1) ? value(of: element(Signal.allCases).type) : value(of: signal.type)
    }
    return facts
  }

  mutating func value(of type: SignalType) -> SignalValue {
    switch type {
    case .flag: return .flag(chance(50))
    case .number: return .number(chance(50) ? Double(number(0, 5)) : Double(next()) * 1e-10)
    case .money:
      guard let currency = Currency(element(["USD", "EUR"])) else { return .flag(true) }
      let amount = Decimal(number(0, 100_000)) / 100
      return .money(Money(amount: amount, currency: currency))
    case .duration: return .duration(Double(number(0, 200_000)) / 7)
    case .text(.network): return .text(element(["192.0.2.1", "198.51.100.7", "2001:db8::1", "?"]))
    case .text(.country): return .text(element(["DE", "us", "AT"]))
    case .text: return .text(element(["example.com", "a\"\\\u{0}\n", "\u{1F600}", "", "VXNlcjox"]))
    case .times:
      return .times((0..<number(0, 8)).map { _ in Double(number(0, 10_000_000)) / 1_000 }.sorted())
    }
  }

  mutating func condition(depth: Int = 3) -> String {
    switch depth > 0 ? number(0, 5) : 0 {
    case 1: return "not (\(condition(depth: depth - 1)))"
    case 2: return "(\(condition(depth: depth - 1)) and \(condition(depth: depth - 1)))"
    case 3: return "(\(condition(depth: depth - 1)) or \(condition(depth: depth - 1)))"
    default: break
    }
    let signal = element(Signal.allCases)
    let comparison = element(["<", "<=", ">", ">=", "==", "!="])
    switch signal.type {
    case .flag: return signal.name
    case .number: return "\(signal.name) \(comparison) \(number(0, 5))"
    case .money: return "\(signal.name) \(comparison) \(number(0, 1_000)) USD"
    case .duration: return "\(signal.name) \(comparison) \(number(0, 10))h"
    case .text(.network): return "\(signal.name) in [\"192.0.2.0/24\", \"2001:db8::/32\"]"
    case .text(.country): return "\(signal.name) == \"DE\""
    case .text(.address): return "\(signal.name) in [\"alice@example.com\"]"
    case .text(.code): return "\(signal.name) in [\"ABCD2345\"]"
    case .text: return "\(signal.name) not in [\"example.com\"]"
    case .times: return "\(signal.name)(1h) \(comparison) \(number(0, 5))"
    }
  }

  mutating func rule(_ name: String, verdict: Rule.Verdict?? = .none) throws -> Rule {
    let given = verdict ?? element([nil, .approve, .review, .reject])
    return Rule(
      name: name, reason: "because of \(name)", condition: try Condition(condition()),
      verdict: given, weight: number(given == .approve ? -60 : 0, 60),
      mode: chance(80) ? .on : .shadow)
  }

  mutating func set() throws -> RuleSet {
    var rules: [Rule] = []
    for place in 0..<number(0, 8) { rules.append(try rule("rule_\(place)")) }
    return RuleSet(
      rules: rules, reviewAt: element([nil, 20, 50]), rejectAt: element([nil, 60, 100]))
  }
}

extension RuleSet {
  /// The same thresholds for other rules.
  func with(_ rules: [Rule]) -> RuleSet {
    RuleSet(rules: rules, reviewAt: reviewAt, rejectAt: rejectAt)
  }
}

extension Rule {
  /// The same rule in another mode.
  func with(_ mode: Mode) -> Rule {
    Rule(
      name: name, reason: reason, condition: condition, verdict: verdict, weight: weight, mode: mode
    )
  }
}
