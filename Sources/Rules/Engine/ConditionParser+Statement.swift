import Domain

/// What is said of one signal.
///
///     statement  = flag
///                | times "(" duration ")" comparison number
///                | signal comparison ( value | signal )
///                | signal [ "not" ] "in" ( list | "[" text { "," text } "]" )
extension ConditionParser {
  /// The longest window and the longest time that can be compared with, in days.
  static let longestDays = 3_650

  /// The next statement.
  /// - Throws: `Condition.Fault`, the first one.
  mutating func statement() throws(Condition.Fault) -> Expression {
    let token = next()
    let signal = try signal(token)
    switch signal.type {
    case .flag: return try flag(signal)
    case .times: return try count(signal, token)
    case .number, .money, .duration, .text: return try comparison(signal, token)
    }
  }

  /// The signal that a word names.
  func signal(_ token: ConditionToken) throws(Condition.Fault) -> Signal {
    guard case .word(let name) = token.kind, !ConditionToken.Keyword.all.contains(name) else {
      throw fault("A signal is expected here, not \(token.shown).", at: token)
    }
    if let signal = Signal.named(name) { return signal }
    if lists.has(name) {
      throw fault("`\(name)` is a list: it stands behind `in`.", at: token)
    }
    let names = Signal.allCases.map(\.name) + ConditionToken.Keyword.all
    let ending = NearestName.ending(for: name, among: names)
    throw fault("There is no signal `\(name)`\(ending)", at: token)
  }

  private func flag(_ signal: Signal) throws(Condition.Fault) -> Expression {
    switch current.kind {
    case .comparison, .word("in"), .opening:
      throw fault("`\(signal.name)` is yes or no: it stands alone or behind `not`.")
    default: return .flag(signal)
    }
  }

  private mutating func count(
    _ signal: Signal, _ token: ConditionToken
  ) throws(Condition.Fault) -> Expression {
    let example = "\(signal.name)(1h) >= 5"
    guard accept(.opening) else {
      throw fault("`\(signal.name)` counts within a window, as in \(example).", at: token)
    }
    let window = next()
    guard case .duration(let seconds, let written) = window.kind else {
      throw fault("A window such as 1h is expected here, not \(window.shown).", at: window)
    }
    guard seconds > 0, seconds <= Double(Self.longestDays) * 86_400 else {
      throw fault(
        "A window is longer than nothing and not longer than \(Self.longestDays)d, and not "
          + "\(written).", at: window)
    }
    guard accept(.closing) else {
      throw fault("`)` is expected here, not \(current.shown).")
    }
    guard case .comparison(let comparison) = current.kind else {
      throw fault("A comparison is expected here, as in \(example).")
    }
    _ = next()
    let number = next()
    guard case .number(let text) = number.kind, let count = Int(text) else {
      throw fault("A whole number is expected here, not \(number.shown).", at: number)
    }
    // To tell whether there are more than 5 one has to count to 6.
    let counted = comparison == .less || comparison == .greaterOrEqual ? count : count + 1
    guard counted <= SignalValue.timesKept else {
      throw fault(
        "Only the latest \(SignalValue.timesKept) are counted, so \(comparison.rawValue) \(count) "
          + "cannot be told.", at: number)
    }
    return .count(signal, within: seconds, comparison, count)
  }

  private mutating func comparison(
    _ signal: Signal, _ token: ConditionToken
  ) throws(Condition.Fault) -> Expression {
    let sign = next()
    switch sign.kind {
    case .comparison(let comparison):
      if case .text = signal.type, comparison != .equal, comparison != .unequal {
        throw fault(
          "`\(signal.name)` is \(signal.type.description): it is compared by `==`, `!=` or `in`.",
          at: sign)
      }
      return .comparison(signal, comparison, try operand(for: signal))
    case .word("in"): return try listed(signal, sign)
    case .word("not") where current.isKeyword("in"): return .not(try listed(signal, next()))
    case .opening: throw fault("`\(signal.name)` has no window.", at: sign)
    default:
      throw fault(
        "`\(signal.name)` is \(signal.type.description): compare it, as in "
          + "\(signal.name) \(signal.type.example).", at: token)
    }
  }

  private mutating func listed(
    _ signal: Signal, _ word: ConditionToken
  ) throws(Condition.Fault) -> Expression {
    guard case .text(let kind) = signal.type else {
      throw fault(
        "`in` is for texts, and `\(signal.name)` is \(signal.type.description).", at: word)
    }
    return .listed(signal, try list(for: signal, of: kind))
  }

  /// What stands behind `in`: the name of a list, or texts.
  private mutating func list(
    for signal: Signal, of kind: TextKind
  ) throws(Condition.Fault) -> EntrySet {
    let token = next()
    switch token.kind {
    case .word(let name):
      if let own = lists.kind(of: name), own != kind {
        throw fault(
          "An entry of `\(name)` is \(own.description), and `\(signal.name)` is "
            + "\(kind.description).", at: token)
      }
      guard let set = lists.set(name, of: kind) else {
        throw fault(lists.refusal(of: name), at: token)
      }
      return set
    case .listOpening: return try entries(behind: token, of: kind)
    default:
      throw fault("A list is expected here, not \(token.shown).", at: token)
    }
  }

  /// Texts in place, up to the bracket that closes them.
  private mutating func entries(
    behind bracket: ConditionToken, of kind: TextKind
  ) throws(Condition.Fault) -> EntrySet {
    var forms: Set<String> = []
    repeat {
      let entry = next()
      guard case .text(let text) = entry.kind else {
        throw fault("A text in double quotes is expected here, not \(entry.shown).", at: entry)
      }
      guard let form = kind.form(ofEntry: text) else {
        throw fault("\"\(text)\" is not \(kind.description).", at: entry)
      }
      forms.insert(form)
    } while accept(.comma)
    guard accept(.listClosing) else {
      if current.kind == .end { throw fault("This bracket is not closed.", at: bracket) }
      throw fault("`,` or `]` is expected here, not \(current.shown).")
    }
    return EntrySet(forms, of: kind)
  }
}
