/// Writes JSON the ways in which the store does. Its GraphQL answers have characters beyond ASCII as
/// they are, everything else has them escaped (recorded).
package struct JSONPrinter {
  /// How members and elements are set apart.
  package enum Style: Sendable {
    /// Without any space: GraphQL answers.
    case compact
    /// A space after each comma and colon: webhook bodies.
    case spaced
    /// As `spaced`, members sorted by name: values quoted in GraphQL error messages.
    case spacedAndSorted
  }

  private let style: Style
  private var text = ""

  private init(style: Style) { self.style = style }

  /// The document as text.
  package static func print(_ value: JSONValue, _ style: Style = .compact) -> String {
    var printer = JSONPrinter(style: style)
    printer.append(value)
    return printer.text
  }

  private mutating func append(_ value: JSONValue) {
    let separator = style == .compact ? "," : ", "
    switch value {
    case .null: text += "null"
    case .bool(let value): text += value ? "true" : "false"
    case .number(let number): text += number
    case .string(let string): append(string)
    case .array(let elements):
      text += "["
      for (index, element) in elements.enumerated() {
        if index > 0 { text += separator }
        append(element)
      }
      text += "]"
    case .object(let object):
      let members =
        style == .spacedAndSorted ? object.members.sorted { $0.name < $1.name } : object.members
      text += "{"
      for (index, member) in members.enumerated() {
        if index > 0 { text += separator }
        append(member.name)
        text += style == .compact ? ":" : ": "
        append(member.value)
      }
      text += "}"
    }
  }

  private mutating func append(_ string: String) {
    text += "\""
    for scalar in string.unicodeScalars {
      switch scalar.value {
      case 0x22: text += "\\\""
      case 0x5C: text += "\\\\"
      case 0x0A: text += "\\n"
      case 0x0D: text += "\\r"
      case 0x09: text += "\\t"
      case 0x08: text += "\\b"
      case 0x0C: text += "\\f"
      case 0x20...0x7F: text.unicodeScalars.append(scalar)
      case 0x80... where style == .compact: text.unicodeScalars.append(scalar)
      default:
        for unit in String(scalar).utf16 {
          let digits = String(unit, radix: 16)
          text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        }
      }
    }
    text += "\""
  }
}

extension JSONValue {
  /// The document as UTF-8 bytes.
  package func bytes(_ style: JSONPrinter.Style = .compact) -> [UInt8] {
    Array(JSONPrinter.print(self, style).utf8)
  }
}
