import Domain
import Rules

/// What holds by a file of rules, for a terminal.
enum RulesText {
  /// The programme, the rules and the sections.
  static func text(of book: TermsBook, file: String?) -> String {
    var parts = [
      file.map { "\($0) holds. Version \(book.version)" }
        ?? "There is no file; the environment alone counts.",
      terms(book.standard),
    ]
    for section in book.sections {
      let channels = section.channels.sorted().joined(separator: ", ")
      let place = [
        section.store.map { "store \($0)" }, channels.isEmpty ? nil : "channels \(channels)",
      ].compactMap(\.self).joined(separator: ", ")
      parts.append("For \(place):\n\n\(terms(section.terms))")
    }
    return parts.joined(separator: "\n\n")
  }

  private static func terms(_ terms: Terms) -> String {
    var table = TextTable()
    let programme = terms.programme
    let kind = programme.kind == .giftCard ? "gift card" : "voucher"
    table.add(["reward", "\(kind) over \(programme.reward)"])
    table.add(["minimum order", terms.conditions.minimumOrder?.description ?? "none"])
    table.add(["score", score(terms.rules)])
    table.add(["review", "\(terms.review.days) days, then \(terms.review.otherwise.rawValue)"])
    guard !terms.rules.rules.isEmpty else { return table.text + "\n\nNo rules." }
    return "\(table.text)\n\n\(rules(terms.rules.rules))"
  }

  private static func score(_ rules: RuleSet) -> String {
    let parts = [
      rules.reviewAt.map { "review at \($0)" }, rules.rejectAt.map { "reject at \($0)" },
    ].compactMap(\.self)
    return parts.isEmpty ? "does not count" : parts.joined(separator: ", ")
  }

  private static func rules(_ rules: [Rule]) -> String {
    var table = TextTable(["RULE", "THEN", "WEIGHT", "MODE", "WHEN"])
    for rule in rules {
      table.add([
        rule.name, rule.verdict?.rawValue, String(rule.weight), rule.mode.rawValue,
        rule.condition.source,
      ])
    }
    return table.text
  }
}
