import Domain
import FoundationEssentials
import Rules

/// Facts of orders as a busy shop has them, the same in every run: every signal is known, and each
/// window has something in it, so that no rule ends early for want of a fact.
enum BenchmarkCases {
  /// 256 cases.
  static let all = (0..<256).map(sheet)

  private static func sheet(_ index: Int) -> FactSheet {
    var sheet = FactSheet()
    for signal in Signal.allCases { sheet[signal] = value(of: signal, index) }
    return sheet
  }

  private static func value(of signal: Signal, _ index: Int) -> SignalValue? {
    // One case in 16 looks bad in everything, the others in one thing at most.
    let isBad = index % 16 == 0 || (index + signal.rawValue) % Signal.allCases.count == 0
    switch signal.type {
    case .flag: return .flag(isBad)
    case .number: return .number(isBad ? 12 : Double(index % 10) / 20)
    case .money:
      guard let currency = Currency("USD") else { return nil }
      return .money(Money(amount: Decimal(1_999 + index * 25) / 100, currency: currency))
    case .duration: return .duration(isBad ? 240.5 : 8_640_000.25 + Double(index))
    case .text(.network): return .text("192.0.2.\(index % 250)")
    case .text(.address): return .text("customer\(index)@mail\(index % 40).example.com")
    case .text(.domain): return .text("mail\(index % 40).example.com")
    case .text(.country): return .text(isBad ? "DE" : "US")
    case .text(.user): return .text("VXNlcjo\(index)")
    case .text(.code): return .text("ABCD\(1_000 + index)")
    case .text(.channel): return .text("default-channel")
    case .times: return .times((1...(isBad ? 40 : 4)).map { Double($0 * 600) + 0.125 })
    }
  }
}
