import Rules

/// `laurel rules check`: whether a file of rules can be used, and what holds by it.
package enum RulesCheck {
  /// Looks at a file, or at that of the environment, as the service would read it.
  /// - Throws: `ConfigurationError` when the environment is at fault or the file cannot be read, and what
  ///   the output throws.
  package static func run(
    file: String?, environment: [String: String], isJSON: Bool
  ) throws -> CommandReport {
    let source =
      file.map { TermsSource(file: $0, environment: environment) }
      ?? TermsSource(environment, isStrict: false, for: .service)
    let reading = source.read()
    guard reading.environmentFaults.isEmpty else {
      throw ConfigurationError(reading.environmentFaults)
    }
    let shown = source.path.map(ConfigFile.shown)
    let name = shown ?? "the environment"
    let count = reading.fileFaults.count
    let failures = count == 0 ? [] : ["\(name) has \(count) fault\(count == 1 ? "" : "s")"]
    if isJSON {
      let report = RulesReport(reading, file: shown)
      return CommandReport(try CommandReport.json(report), failures: failures)
    }
    guard let book = reading.book else {
      return CommandReport(
        reading.fileFaults.map(\.description).joined(separator: "\n"), failures: failures)
    }
    let notices = reading.notices.map { "note: \($0)\n" }.joined()
    return CommandReport(notices + RulesText.text(of: book, file: shown))
  }
}
