/// A JSON document that keeps the order of its members and the text of its numbers, so that an
/// answer can be compared with a recorded one byte for byte.
package enum JSONValue: Sendable, Equatable {
  /// `null`
  case null
  /// `true` or `false`
  case bool(Bool)
  /// A number as it is written: `10`, `10.0` and `1e1` are three different texts.
  case number(String)
  /// Text, escapes undone.
  case string(String)
  /// A list.
  case array([JSONValue])
  /// Named members, in order.
  case object(JSONObject)

  /// The text of a string; nil for anything else.
  package var asString: String? { if case .string(let text) = self { text } else { nil } }

  /// The truth value; nil for anything else.
  package var asBool: Bool? { if case .bool(let value) = self { value } else { nil } }

  /// The number when it is whole and fits; nil for anything else.
  package var asInt: Int? { if case .number(let text) = self { Int(text) } else { nil } }

  /// The elements of a list; nil for anything else.
  package var asArray: [JSONValue]? {
    if case .array(let elements) = self { elements } else { nil }
  }

  /// The members of an object; nil for anything else.
  package var asObject: JSONObject? { if case .object(let object) = self { object } else { nil } }

  /// Whether this is `null`.
  package var isNull: Bool { self == .null }

  /// A member of an object; `null` when there is none. Setting makes an object of anything else.
  package subscript(name: String) -> JSONValue {
    get { asObject?[name] ?? .null }
    set {
      var object = asObject ?? JSONObject()
      object[name] = newValue
      self = .object(object)
    }
  }

  /// An element of a list; `null` when there is none.
  package subscript(index: Int) -> JSONValue {
    guard let elements = asArray, elements.indices.contains(index) else { return .null }
    return elements[index]
  }
}

/// The members of a JSON object in the order in which they were written.
package struct JSONObject: Sendable, Equatable {
  /// One member.
  package struct Member: Sendable, Equatable {
    /// The member's name.
    package let name: String
    /// The member's value.
    package var value: JSONValue
  }

  /// All members, in order.
  package private(set) var members: [Member] = []

  /// An object without members.
  package init() {}

  /// A member by name. Setting an existing one keeps its place; setting nil removes it.
  package subscript(name: String) -> JSONValue? {
    get { members.first { $0.name == name }?.value }
    set {
      let index = members.firstIndex { $0.name == name }
      switch (index, newValue) {
      case (let index?, let value?): members[index].value = value
      case (let index?, nil): members.remove(at: index)
      case (nil, let value?): members.append(Member(name: name, value: value))
      case (nil, nil): break
      }
    }
  }
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByBooleanLiteral,
  ExpressibleByIntegerLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
  /// A JSON string.
  package init(stringLiteral text: String) { self = .string(text) }
  /// `true` or `false`.
  package init(booleanLiteral value: Bool) { self = .bool(value) }
  /// A whole number.
  package init(integerLiteral value: Int) { self = .number(String(value)) }
  /// A JSON list.
  package init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
  /// A JSON object whose members stand as they are written here.
  package init(dictionaryLiteral members: (String, JSONValue)...) {
    var object = JSONObject()
    for (name, value) in members { object[name] = value }
    self = .object(object)
  }
}

extension JSONValue {
  /// The text, or `null` for nil.
  package static func optional(_ text: String?) -> JSONValue { text.map(JSONValue.string) ?? .null }

  /// The list that the store makes of metadata: sorted by key, as recorded.
  package static func metadata(_ entries: [String: String]) -> JSONValue {
    .array(
      entries.sorted { $0.key < $1.key }.map {
        ["key": .string($0.key), "value": .string($0.value)]
      }
    )
  }

  /// Metadata back from a list of keys and values; of a repeated key the last value counts.
  package var metadataEntries: [String: String] {
    var entries: [String: String] = [:]
    for entry in asArray ?? [] {
      if let key = entry["key"].asString { entries[key] = entry["value"].asString ?? "" }
    }
    return entries
  }
}
