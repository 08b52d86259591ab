/// Takes a condition apart into its words.
package struct ConditionLexer {
  /// How long a condition can be, in Unicode scalars.
  static let longest = 10_000

  private let scalars: [Unicode.Scalar]
  private var position = 0

  /// Goes through a text.
  /// - Throws: `Condition.Fault` when it is too long.
  init(_ source: String) throws(Condition.Fault) {
    scalars = Array(source.unicodeScalars)
    guard scalars.count <= Self.longest else {
      throw Condition.Fault(
        message: "The condition is longer than \(Self.longest) characters.", offset: Self.longest)
    }
  }

  /// Every word, and `end` after the last.
  /// - Throws: `Condition.Fault`, the first one.
  mutating func tokens() throws(Condition.Fault) -> [ConditionToken] {
    var tokens: [ConditionToken] = []
    while let scalar = current {
      if scalar == " " || scalar == "\t" || scalar == "\n" || scalar == "\r" {
        position += 1
        continue
      }
      let offset = position
      tokens.append(ConditionToken(kind: try kind(beginning: scalar), offset: offset))
    }
    tokens.append(ConditionToken(kind: .end, offset: position))
    return tokens
  }

  private var current: Unicode.Scalar? { position < scalars.count ? scalars[position] : nil }

  private mutating func kind(
    beginning scalar: Unicode.Scalar
  ) throws(Condition.Fault) -> ConditionToken.Kind {
    switch scalar {
    case "(": return single(.opening)
    case ")": return single(.closing)
    case "[": return single(.listOpening)
    case "]": return single(.listClosing)
    case ",": return single(.comma)
    case "<", ">", "=", "!", "&", "|": return try sign(scalar)
    case "\"": return try text()
    case "-": throw fault("No signal is less than 0, so there are no negative numbers.")
    case _ where Self.isDigit(scalar): return try number()
    case _ where Self.isOfWord(scalar): return .word(take(while: Self.isOfWord))
    case "'", "\u{201C}", "\u{201D}", "\u{201E}":
      throw fault("Texts stand between straight double quotes, as in \"example.com\".")
    default: throw fault("The character \(Self.show(scalar)) has no meaning here.")
    }
  }

  private mutating func single(_ kind: ConditionToken.Kind) -> ConditionToken.Kind {
    position += 1
    return kind
  }

  private mutating func sign(
    _ scalar: Unicode.Scalar
  ) throws(Condition.Fault) -> ConditionToken.Kind {
    let next = position + 1 < scalars.count ? scalars[position + 1] : nil
    if next == "=", let comparison = Comparison(rawValue: "\(scalar)=") {
      position += 2
      return .comparison(comparison)
    }
    if let comparison = Comparison(rawValue: String(scalar)) {
      position += 1
      return .comparison(comparison)
    }
    switch scalar {
    case "=": throw fault("Write `==` to compare.")
    case "!": throw fault("Write `not` instead of `!`.")
    case "&": throw fault("Write `and` instead of `&`.")
    default: throw fault("Write `or` instead of `|`.")
    }
  }

  private mutating func text() throws(Condition.Fault) -> ConditionToken.Kind {
    let start = position
    position += 1
    let text = take { $0 != "\"" && $0 != "\n" }
    guard current == "\"" else {
      throw Condition.Fault(message: "The text is not closed by a quote.", offset: start)
    }
    position += 1
    return .text(text)
  }

  /// Digits, and perhaps a unit of time behind them.
  private mutating func number() throws(Condition.Fault) -> ConditionToken.Kind {
    let start = position
    var text = take(while: Self.isDigit)
    if current == "." {
      position += 1
      text += "." + take(while: Self.isDigit)
    }
    let unit = take(while: Self.isOfWord)
    let refusal: String
    if text.last == "." || current == "." || text.utf8.count > 15 {
      refusal = "is no number: digits with at most one point between them, 15 together at most."
    } else if unit.isEmpty {
      return .number(text)
    } else if let seconds = Self.seconds(of: unit), let count = Int(text) {
      return .duration(Double(count) * seconds, text + unit)
    } else if Self.seconds(of: unit) != nil {
      refusal = "is no length of time: write a whole number in a smaller unit, as in 90s."
    } else {
      refusal = "is neither a number nor a length of time such as 90s, 15m, 24h or 7d."
    }
    throw Condition.Fault(message: "`\(text)\(unit)` \(refusal)", offset: start)
  }

  private mutating func take(while isTaken: (Unicode.Scalar) -> Bool) -> String {
    var text = String.UnicodeScalarView()
    while let scalar = current, isTaken(scalar) {
      text.append(scalar)
      position += 1
    }
    return String(text)
  }

  private func fault(_ message: String) -> Condition.Fault {
    Condition.Fault(message: message, offset: position)
  }

  /// How many seconds a unit of time has; `nil` for no unit.
  package static func seconds(of unit: String) -> Double? {
    switch unit {
    case "s": 1
    case "m": 60
    case "h": 3_600
    case "d": 86_400
    default: nil
    }
  }

  private static func isDigit(_ scalar: Unicode.Scalar) -> Bool { ("0"..."9").contains(scalar) }

  private static func isOfWord(_ scalar: Unicode.Scalar) -> Bool {
    ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar) || scalar == "_" || isDigit(scalar)
  }

  /// What cannot be seen is shown by its number.
  private static func show(_ scalar: Unicode.Scalar) -> String {
    let isVisible = scalar.properties.isAlphabetic || (0x21...0x7E).contains(scalar.value)
    let number = String(scalar.value, radix: 16, uppercase: true)
    let zeros = String(repeating: "0", count: max(0, 4 - number.count))
    return isVisible ? "`\(scalar)`" : "U+\(zeros)\(number)"
  }
}
