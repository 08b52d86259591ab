import FoundationEssentials

/// The type of an argument, variable or input field, and the check of values against it.
indirect enum InputType: Sendable, Equatable {
  /// A scalar or an input object.
  case named(String)
  /// `[Type]`
  case list(InputType)
  /// `Type!`
  case required(InputType)

  /// A type from how GraphQL writes it, such as `[String!]!`.
  init(_ text: String) {
    if text.hasSuffix("!") {
      self = .required(InputType(String(text.dropLast())))
    } else if text.hasPrefix("[") {
      self = .list(InputType(String(text.dropFirst().dropLast())))
    } else {
      self = .named(text)
    }
  }

  /// The type as GraphQL writes it.
  var description: String {
    switch self {
    case .named(let name): name
    case .list(let element): "[\(element.description)]"
    case .required(let type): "\(type.description)!"
    }
  }

  /// Whether a value must be given.
  var isRequired: Bool { if case .required = self { true } else { false } }

  /// What is wrong with a value, worded as the store's; empty when nothing is.
  func problems(of value: JSONValue?) -> [String] {
    switch (self, value ?? .null) {
    case (.required, .null): return ["Expected \"\(description)\", found null."]
    case (.required(let type), _): return type.problems(of: value)
    case (_, .null): return []
    case (.list(let element), .array(let values)):
      return values.enumerated().flatMap { index, value in
        element.problems(of: value).map { "In element #\(index): \($0)" }
      }
    case (.list(let element), _): return element.problems(of: value)
    case (.named(let name), let value):
      if let fields = SandboxSchema.inputs[name] {
        return Self.problems(of: value, object: name, fields: fields)
      }
      guard Self.isScalar(value, name) else {
        let found = JSONPrinter.print(value, .spacedAndSorted)
        return ["Expected type \"\(name)\", found \(found)."]
      }
      return []
    }
  }

  private static func problems(
    of value: JSONValue, object name: String, fields: [(name: String, type: InputType)]
  ) -> [String] {
    guard let object = value.asObject else { return ["Expected \"\(name)\", found not an object."] }
    let unknown = object.members.map(\.name).filter { name in !fields.contains { $0.name == name } }
    return unknown.sorted().map { "In field \"\($0)\": Unknown field." }
      + fields.flatMap { field in
        field.type.problems(of: object[field.name]).map { "In field \"\(field.name)\": \($0)" }
      }
  }

  private static func isScalar(_ value: JSONValue, _ type: String) -> Bool {
    if let values = SandboxSchema.enumerations[type] {
      return value.asString.map(values.contains) ?? false
    }
    switch (type, value) {
    case ("Boolean", .bool), ("String", .string), ("ID", .string): return true
    case ("Int", .number(let text)), ("ID", .number(let text)): return Int32(text) != nil
    case ("PositiveDecimal", .number(let text)), ("PositiveDecimal", .string(let text)):
      return JSONParser.isNumber(text) && Decimal(string: text).map { $0 >= 0 } == true
    case ("Date", .string(let text)): return isDate(text)
    case ("DateTime", .string(let text)):
      return isDate(String(text.prefix(10))) && text.contains("T")
    default: return false
    }
  }

  private static func isDate(_ text: String) -> Bool {
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    guard parts.map(\.count) == [4, 2, 2], parts.allSatisfy({ $0.allSatisfy(\.isNumber) }),
      let month = Int(parts[1]), let day = Int(parts[2])
    else { return false }
    return (1...12).contains(month) && (1...31).contains(day)
  }
}
