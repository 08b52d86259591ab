import Domain
import FoundationEssentials

/// What stands on the right of a comparison: a value of the signal's type, or another such signal.
extension ConditionParser {
  /// The next operand, which is of the type of `signal`.
  /// - Throws: `Condition.Fault`, the first one.
  mutating func operand(for signal: Signal) throws(Condition.Fault) -> Expression.Operand {
    let token = next()
    switch (token.kind, signal.type) {
    case (.word, _): return .signal(try peer(of: signal, token))
    case (.number(let text), .number):
      guard let number = Double(text) else { throw mismatch(signal, token) }
      return .value(.number(number))
    case (.number(let text), .money): return .value(.money(try money(text, token, signal)))
    case (.number, .duration):
      if case .word(let unit) = current.kind, ConditionLexer.seconds(of: unit) != nil {
        throw fault("A length of time is written without a space, as in 24h.", at: token)
      }
      throw mismatch(signal, token)
    case (.duration(let seconds, _), .duration):
      guard seconds <= Double(Self.longestDays) * 86_400 else {
        throw fault(
          "The longest time that can be compared with is \(Self.longestDays)d.", at: token)
      }
      return .value(.duration(seconds))
    case (.text(let text), .text(let kind)): return .value(.text(try form(text, kind, token)))
    case (.end, _): throw fault("A value is missing here.", at: token)
    default: throw mismatch(signal, token)
    }
  }

  private func mismatch(_ signal: Signal, _ token: ConditionToken) -> Condition.Fault {
    fault(
      "`\(signal.name)` is \(signal.type.description) and cannot be compared with \(token.shown): "
        + "write for example \(signal.name) \(signal.type.example).", at: token)
  }

  private func peer(
    of signal: Signal, _ token: ConditionToken
  ) throws(Condition.Fault) -> Signal {
    let other = try self.signal(token)
    guard other.type == signal.type else {
      throw fault(
        "`\(signal.name)` is \(signal.type.description) and `\(other.name)` is "
          + "\(other.type.description): they cannot be compared.", at: token)
    }
    return other
  }

  /// An amount; its currency stands behind it.
  private mutating func money(
    _ text: String, _ token: ConditionToken, _ signal: Signal
  ) throws(Condition.Fault) -> Money {
    guard case .word(let code) = current.kind, !ConditionToken.Keyword.all.contains(code) else {
      throw fault(
        "`\(signal.name)` is an amount of money: name the currency, as in \(text) USD.", at: token)
    }
    guard let currency = Currency(code), let digits = currency.fractionDigits else {
      throw fault("`\(code)` is not a currency of ISO 4217 such as USD.")
    }
    let fraction = text.split(separator: ".").dropFirst().first?.utf8.count ?? 0
    guard fraction <= digits, let amount = Money.decimal(text) else {
      throw fault(
        digits == 0
          ? "Amounts in \(code) have no digits behind the point."
          : "Amounts in \(code) have at most \(digits) digits behind the point.", at: token)
    }
    _ = next()
    return Money(amount: amount, currency: currency)
  }

  /// A text in the form in which it is compared.
  private func form(
    _ text: String, _ kind: TextKind, _ token: ConditionToken
  ) throws(Condition.Fault) -> String {
    guard let form = kind.form(ofEntry: text) else {
      throw fault("\"\(text)\" is not \(kind.description).", at: token)
    }
    if kind == .network, IPAddress(form) == nil {
      throw fault("A network is compared by `in`, as in buyer_ip in [\"\(text)\"].", at: token)
    }
    return form
  }
}
