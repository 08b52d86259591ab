import Domain
import FoundationEssentials

/// Facts as the ledger keeps them: an object by the names of the signals, in the sequence of
/// `Signal`. Flags, numbers and texts are what they are in JSON, lengths of time numbers of seconds,
/// times arrays of them, and amounts `["12.5","USD"]`. What is unknown is missing.
///
/// A value of another type than its signal is kept too, so that the same rules fail again; where its
/// JSON would be read as the signal's own, as a number for a length of time, it is named:
/// `{"number":5}`.
extension FactSheet {
  /// The facts as they are kept. Numbers that are not finite are unknown to every rule and left out.
  package var json: String {
    var writer = StoredJSONWriter()
    writer.open("{")
    for signal in Signal.allCases {
      guard let value = self[signal] else { continue }
      switch value {
      case .number(let number) where number.isFinite:
        writer.write(number, of: signal, naming: signal.type == .duration ? "number" : nil)
      case .duration(let seconds) where seconds.isFinite:
        writer.write(seconds, of: signal, naming: signal.type == .duration ? nil : "duration")
      case .flag(let flag):
        writer.name(signal.name)
        writer.write(flag)
      case .text(let text):
        writer.name(signal.name)
        writer.write(text)
      case .money(let money) where !money.amount.isNaN:
        writer.name(signal.name)
        writer.open("[")
        writer.write(money.amount.description)
        writer.write(money.currency.code)
        writer.close("]")
      case .times(let times):
        writer.name(signal.name)
        writer.open("[")
        for time in times where time.isFinite { writer.write(time) }
        writer.close("]")
      case .number, .duration, .money: break
      }
    }
    writer.close("}")
    return writer.text
  }

  /// Reads facts that were kept. Names that are no signals are left out: another version had them.
  /// - Throws: `StoredJSONError` for what is no JSON, or no facts.
  package init(json: String) throws(StoredJSONError) {
    var reader = StoredJSONReader(json)
    var sheet = FactSheet()
    try reader.object { (reader, name) throws(StoredJSONError) in
      if let signal = Signal.named(name) {
        sheet[signal] = try reader.value(of: signal.type)
      } else {
        try reader.skip()
      }
    }
    try reader.end()
    self = sheet
  }
}

extension StoredJSONWriter {
  fileprivate mutating func write(_ number: Double, of signal: Signal, naming type: String?) {
    name(signal.name)
    guard let type else { return write(number) }
    open("{")
    name(type)
    write(number)
    close("}")
  }
}

extension StoredJSONReader {
  /// The value of a signal; `nil` for `null`.
  fileprivate mutating func value(of type: SignalType) throws(StoredJSONError) -> SignalValue? {
    switch peek() {
    case UInt8(ascii: "\""): return .text(try string())
    case UInt8(ascii: "t"):
      try word("true", else: "a value is missing")
      return .flag(true)
    case UInt8(ascii: "f"):
      try word("false", else: "a value is missing")
      return .flag(false)
    case UInt8(ascii: "n"):
      try word("null", else: "a value is missing")
      return nil
    case UInt8(ascii: "["): return try moneyOrTimes()
    case UInt8(ascii: "{"): return try named()
    default: return type == .duration ? .duration(try number()) : .number(try number())
    }
  }

  private mutating func moneyOrTimes() throws(StoredJSONError) -> SignalValue {
    try expect("[")
    if accept("]") { return .times([]) }
    if peek() == UInt8(ascii: "\"") {
      let amount = try string()
      try expect(",")
      let code = try string()
      try expect("]")
      guard let amount = Money.decimal(amount), let currency = Currency(code) else {
        throw fault("an amount is none")
      }
      return .money(Money(amount: amount, currency: currency))
    }
    var times: [Double] = []
    repeat { times.append(try number()) } while accept(",")
    try expect("]")
    return .times(times)
  }

  private mutating func named() throws(StoredJSONError) -> SignalValue {
    var value: SignalValue?
    try object { (reader, name) throws(StoredJSONError) in
      switch name {
      case "number": value = .number(try reader.number())
      case "duration": value = .duration(try reader.number())
      default: throw reader.fault("a type is unknown")
      }
    }
    guard let value else { throw fault("a value is missing") }
    return value
  }
}
