import Rules
import YAML

/// Reads the rules of a part of the file.
struct RuleReader {
  /// How many rules a file can have on top, and a section.
  static let maximumRules = 500
  /// The weights that a rule can have.
  static let weights = -1000...1000
  private static let maximumNameLength = 63
  private static let maximumReasonLength = 300

  /// Names that stand in the ledger for something else that refuses.
  private static let reservedNames: Set<String> = {
    var conditions = Conditions()
    conditions.minimumOrder = nil
    conditions.newCustomersOnly = true
    conditions.dailyLimit = 0
    conditions.monthlyLimit = 0
    let requirements =
      Requirement.all(for: conditions) + Requirement.standing(minimumOrder: nil)
    return Set(requirements.map(\.name))
      .union([
        Judgement.scoreName, "minimum_order", "review", "review_limit", "none", "other",
        "order_read", "order_found", "facts_known", "adopted", "hold", "campaign",
        "campaign_limit",
      ])
  }()

  /// The rules of a list, no name twice.
  func rules(_ node: YAMLNode, _ reader: inout NodeReader) -> [RuleDraft] {
    guard let items = reader.items(node, of: "rules") else { return [] }
    guard items.count <= Self.maximumRules else {
      reader.fault(
        "there are \(items.count) rules; \(Self.maximumRules) at most are read", at: node.place)
      return []
    }
    var drafts: [RuleDraft] = []
    for item in items {
      guard let draft = rule(item, &reader) else { continue }
      if let first = drafts.first(where: { $0.name == draft.name }) {
        reader.fault(
          "there are two rules \(draft.name); the other stands in line \(first.place.line)",
          at: draft.place)
      } else {
        drafts.append(draft)
      }
    }
    return drafts
  }

  private func rule(_ node: YAMLNode, _ reader: inout NodeReader) -> RuleDraft? {
    guard !node.isNull else {
      reader.fault("a rule is missing here: it begins with `name`", at: node.place)
      return nil
    }
    let entries = reader.entries(node, of: "a rule", keys: RuleDraft.keys)
    guard case .mapping = node.value else { return nil }
    let name = entries["name"].flatMap { self.name($0.node, &reader) }
    if entries["name"] == nil { reader.fault("a rule needs a `name`", at: node.place) }
    // The rest of a rule without a right name is looked through for faults under another, which no
    // rule can have.
    var draft = RuleDraft(
      name: name ?? "in line \(node.place.line), column \(node.place.column)",
      isNamed: name != nil, place: node.place, written: Set(entries.keys))
    if let node = entries["when"]?.node, let when = reader.scalar(node, of: "when", mayBreak: true)
    {
      draft.when = .init(value: when, place: node.place)
    }
    if let node = entries["then"]?.node, let verdict: Rule.Verdict = reader.choice(node, of: "then")
    {
      draft.verdict = .init(value: verdict, place: node.place)
    }
    if let node = entries["weight"]?.node,
      let weight = reader.number(node, of: "weight", in: Self.weights)
    {
      draft.weight = .init(value: weight, place: node.place)
    }
    if let node = entries["mode"]?.node { draft.mode = reader.choice(node, of: "mode") }
    if let node = entries["reason"]?.node { draft.reason = reason(node, &reader) }
    return draft
  }

  private func name(_ node: YAMLNode, _ reader: inout NodeReader) -> String? {
    guard let name = reader.scalar(node, of: "name")?.text else { return nil }
    guard Self.isName(name) else {
      reader.fault(
        "a rule's name must be small letters, digits and underscores, begin with a letter and have "
          + "at most \(Self.maximumNameLength) characters, not \(NodeReader.quoted(name))",
        at: node.place)
      return nil
    }
    guard !Self.reservedNames.contains(name) else {
      reader.fault(
        "\(name) is what the ledger calls something else that refuses; choose another name",
        at: node.place)
      return nil
    }
    return name
  }

  private func reason(_ node: YAMLNode, _ reader: inout NodeReader) -> String? {
    guard let text = reader.scalar(node, of: "reason", mayBreak: true)?.text else { return nil }
    let reason = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    guard reason.count <= Self.maximumReasonLength else {
      reader.fault(
        "reason has \(reason.count) characters; \(Self.maximumReasonLength) at most are kept",
        at: node.place)
      return nil
    }
    return reason
  }

  /// Whether a text can name a rule or a list: small letters, digits and underscores.
  static func isName(_ text: String) -> Bool {
    let bytes = text.utf8
    guard let first = bytes.first, (0x61...0x7A).contains(first) else { return false }
    return bytes.count <= maximumNameLength
      && bytes.allSatisfy {
        (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == UInt8(ascii: "_")
      }
  }
}
