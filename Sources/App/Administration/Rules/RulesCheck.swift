import Rules

/// `laurel rules check`: whether a file of rules can be used, and what holds by it.
package enum RulesCheck {
  /// Looks at a file, or at that of the environment, as the service would read it.
  /// - Throws: `ConfigFile.Unreadable`, and what the output throws.
  package static func run(
    file: String?, environment: [String: String], isJSON: Bool
  ) throws -> CommandReport {
    let source = TermsSource(file: file, environment: environment)
    let reading = source.read()
    if let unreadable = reading.unreadable { throw unreadable }
    let shown = source.path.map(ConfigFile.shown)
    let failures = reading.book == nil ? [TermsError.sum(reading, name: shown)] : []
    if isJSON {
      let report = RulesReport(reading, file: shown)
      return CommandReport(try CommandReport.json(report), failures: failures)
    }
    guard let book = reading.book else {
      return CommandReport(reading.faults.joined(separator: "\n"), failures: failures)
    }
    let notices = reading.notices.map { "note: \($0)\n" }.joined()
    return CommandReport(notices + RulesText.text(of: book, file: shown))
  }
}
