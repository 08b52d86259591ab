import Domain
import Rules

/// What holds by a file of rules, for a terminal.
enum RulesText {
  /// The programme, the rules and the sections.
  static func text(of book: TermsBook, file: String?) -> String {
    var parts = [
      file.map { "\($0) holds. Version \(book.version)" }
        ?? "There is no file; the environment alone counts.",
      timeZone(of: book), terms(book.standard),
    ].compactMap(\.self)
    for section in book.sections {
      let channels = section.channels.sorted().joined(separator: ", ")
      let place = [
        section.store.map { "store \($0)" }, channels.isEmpty ? nil : "channels \(channels)",
      ].compactMap(\.self).joined(separator: ", ")
      parts.append("For \(place):\n\n\(terms(section.terms))")
    }
    return parts.joined(separator: "\n\n")
  }

  private static func timeZone(of book: TermsBook) -> String? {
    guard
      book.timeZone != TermsBook.standardTimeZone
        || book.all().contains(where: { !$0.namedCampaigns.isEmpty })
    else { return nil }
    return "Days begin as they do in \(book.timeZone)."
  }

  private static func terms(_ terms: Terms) -> String {
    var table = TextTable()
    let programme = terms.programme
    let kind = programme.kind == .giftCard ? "gift card" : "voucher"
    let reward =
      terms.namedCampaigns.isEmpty
      ? "\(kind) over \(programme.reward)" : "by the first campaign that fits"
    table.add(["reward", reward])
    table.add(["minimum order", terms.conditions.minimumOrder?.description ?? "none"])
    table.add(["score", score(terms.rules)])
    table.add(["review", "\(terms.review.days) days, then \(terms.review.otherwise.rawValue)"])
    let rules = terms.rules.rules.isEmpty ? "No rules." : Self.rules(terms.rules.rules)
    return ([table.text] + terms.namedCampaigns.map { CampaignText($0).text } + [rules])
      .joined(separator: "\n\n")
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
