import Domain
import FoundationEssentials
import Rules
import YAML

/// Values that only campaigns have.
extension NodeReader {
  /// A day of the calendar.
  mutating func day(_ node: YAMLNode, of name: String) -> CalendarDay? {
    guard let text = scalar(node, of: name)?.text else { return nil }
    let day = CalendarDay(text)
    if day == nil {
      fault(
        "\(name) must be a day of the calendar such as 2026-12-01, not \(Self.quoted(text))",
        at: node.place)
    }
    return day
  }

  /// The slugs of channels.
  mutating func channels(_ node: YAMLNode, of name: String) -> Set<String> {
    var channels: Set<String> = []
    for entry in texts(node, of: name) ?? [] {
      if let channel = TextKind.channel.form(ofEntry: entry.text) {
        channels.insert(channel)
      } else {
        fault(
          "\(Self.quoted(entry.text)) is not \(TextKind.channel.description)", at: entry.place)
      }
    }
    return channels
  }

  /// Countries (ISO 3166).
  mutating func countries(_ node: YAMLNode, of name: String) -> Set<String> {
    var countries: Set<String> = []
    for entry in texts(node, of: name) ?? [] {
      let meant = TextKind.country.form(ofEntry: entry.text)
      if meant == entry.text {
        countries.insert(entry.text)
      } else {
        fault(
          "\(Self.quoted(entry.text)) is no country of two capital letters"
            + (meant.map { "; did you mean `\($0)`?" } ?? " such as DE"), at: entry.place)
      }
    }
    return countries
  }

  /// The ids of categories: Saleor's global ids, base64 of `Category:` and a number.
  mutating func categories(_ node: YAMLNode, of name: String) -> [String] {
    (texts(node, of: name) ?? []).compactMap { entry in
      guard let plain = Data(base64Encoded: entry.text),
        plain.starts(with: "Category:".utf8)
      else {
        fault(
          "\(Self.quoted(entry.text)) is not the id of a category, such as Q2F0ZWdvcnk6MQ==",
          at: entry.place)
        return nil
      }
      return entry.text
    }
  }

  /// A word of at most 100 characters.
  mutating func mark(_ node: YAMLNode, of name: String) -> String? {
    guard let text = scalar(node, of: name)?.text else { return nil }
    guard text.count <= 100 else {
      fault("\(name) has \(text.count) characters; 100 at most are read", at: node.place)
      return nil
    }
    return text
  }

  /// Looks for currencies of a mapping that can never count, because nothing is paid in them.
  mutating func checkCurrencies(
    of node: YAMLNode, named name: String, pays: (Currency) -> Bool
  ) {
    guard case .mapping(let entries) = node.value else { return }
    for entry in entries {
      guard let currency = Currency(entry.key), currency.fractionDigits != nil, !pays(currency)
      else { continue }
      fault("\(name) in \(currency) would never count, as nothing is paid in it", at: entry.place)
    }
  }
}
