import Rules
import YAML

/// Reads values of the kinds that a configuration file has, and collects every fault instead of
/// stopping at the first. Where there is a fault there is no value.
struct NodeReader {
  /// The file, as it is named in faults.
  let file: String
  /// What is wrong, in the sequence in which it was found.
  private(set) var faults: [ConfigFileFault] = []
  /// What is no fault, but should be known.
  private(set) var notices: [ConfigFileFault] = []

  /// A reader of this file.
  init(file: String) {
    self.file = file
  }

  /// Notes a fault.
  mutating func fault(_ message: String, at place: YAMLPlace) {
    faults.append(ConfigFileFault(message, at: place, of: file))
  }

  /// Notes what is no fault, but should be known.
  mutating func notice(_ message: String, at place: YAMLPlace) {
    notices.append(ConfigFileFault(message, at: place, of: file))
  }

  /// The entries of a mapping by their keys, all of which are among `keys`. What has no value counts
  /// as left out.
  /// - Parameter name: what the mapping is, for faults.
  mutating func entries(_ node: YAMLNode, of name: String, keys: [String]) -> [String: YAMLEntry] {
    guard !node.isNull else { return [:] }
    guard case .mapping(let entries) = node.value else {
      fault("\(name) must hold keys with values, not \(Self.kind(of: node))", at: node.place)
      return [:]
    }
    for entry in entries where !keys.contains(entry.key) {
      let meant = NearestName.nearest(to: entry.key, among: keys)
      fault(
        "\(name) has no key \(Self.quoted(entry.key))"
          + (meant.map { "; did you mean `\($0)`?" }
            ?? "; it can have \(keys.joined(separator: ", "))"),
        at: entry.place)
    }
    return Dictionary(
      entries.filter { keys.contains($0.key) && !$0.node.isNull }.map { ($0.key, $0) },
      uniquingKeysWith: { first, _ in first })
  }

  /// The nodes of a list.
  mutating func items(_ node: YAMLNode, of name: String) -> [YAMLNode]? {
    guard !node.isNull else { return [] }
    guard case .sequence(let items) = node.value else {
      fault("\(name) must be a list, not \(Self.kind(of: node))", at: node.place)
      return nil
    }
    return items
  }

  /// The texts of a list, none of them empty.
  mutating func texts(_ node: YAMLNode, of name: String) -> [(text: String, place: YAMLPlace)]? {
    guard let items = items(node, of: name) else { return nil }
    return items.compactMap { item in
      guard let text = scalar(item, of: "an entry of \(name)")?.text else { return nil }
      return (text, item.place)
    }
  }

  /// One value, which is not empty. Characters that nobody sees are refused: PostgreSQL takes no
  /// NUL, and the others end in terminals and logs.
  /// - Parameter mayBreak: whether it can have several lines.
  mutating func scalar(
    _ node: YAMLNode, of name: String, mayBreak: Bool = false
  ) -> YAMLScalar? {
    guard case .scalar(let scalar) = node.value else {
      fault("\(name) must be one value, not \(Self.kind(of: node))", at: node.place)
      return nil
    }
    guard !node.isNull, !scalar.text.allSatisfy(\.isWhitespace) else {
      fault("\(name) is empty", at: node.place)
      return nil
    }
    let taken: [Unicode.Scalar] = mayBreak ? ["\n", "\t"] : []
    if let index = scalar.text.unicodeScalars.enumerated().first(where: {
      $0.element.properties.generalCategory == .control && !taken.contains($0.element)
    })?.offset {
      fault("\(name) has a control character", at: scalar.place(at: index))
      return nil
    }
    return scalar
  }

  /// A whole number within bounds.
  mutating func number(
    _ node: YAMLNode, of name: String, in range: ClosedRange<Int>
  ) -> Int? {
    guard let scalar = scalar(node, of: name) else { return nil }
    guard let number = Int(scalar.text), range.contains(number) else {
      fault(
        "\(name) must be a whole number from \(range.lowerBound) to \(range.upperBound), not "
          + Self.quoted(scalar.text), at: node.place)
      return nil
    }
    return number
  }

  /// Yes or no.
  mutating func flag(_ node: YAMLNode, of name: String) -> Bool? {
    guard let text = scalar(node, of: name)?.text else { return nil }
    switch text.lowercased() {
    case "true", "yes", "1": return true
    case "false", "no", "0": return false
    default:
      fault("\(name) must be true or false, not \(Self.quoted(text))", at: node.place)
      return nil
    }
  }

  /// One of the cases of `Value`.
  mutating func choice<Value: RawRepresentable<String> & CaseIterable>(
    _ node: YAMLNode, of name: String, among cases: [Value] = Array(Value.allCases)
  ) -> Value? {
    guard let scalar = scalar(node, of: name) else { return nil }
    guard let value = cases.first(where: { $0.rawValue == scalar.text }) else {
      let all = cases.map(\.rawValue).joined(separator: ", ")
      fault("\(name) must be one of: \(all); not \(Self.quoted(scalar.text))", at: node.place)
      return nil
    }
    return value
  }

  /// A text of the file as a sentence shows it.
  static func quoted(_ text: String) -> String {
    "\"\(text.prefix(40))\(text.count > 40 ? "..." : "")\""
  }

  private static func kind(of node: YAMLNode) -> String {
    switch node.value {
    case .scalar(let scalar): quoted(scalar.text)
    case .sequence: "a list"
    case .mapping: "keys with values"
    }
  }
}
