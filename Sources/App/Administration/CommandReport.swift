import FoundationEssentials

/// What a command has to say.
package struct CommandReport: Sendable {
  /// For standard output.
  package let output: String
  /// What could not be done, each with its reason, for standard error. Not empty: exit status 1.
  package let failures: [String]

  /// A report with these parts.
  init(_ output: String, failures: [String] = []) {
    self.output = output
    self.failures = failures
  }

  /// A value as JSON, for programs.
  static func json(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    encoder.dateEncodingStrategy = .iso8601
    encoder.keyEncodingStrategy = .convertToSnakeCase
    return String(decoding: try encoder.encode(value), as: UTF8.self)
  }

  /// What came of an action on several things: a line each, or JSON; what failed fails the command.
  static func actions(_ actions: [CommandAction], asJSON: Bool) throws -> CommandReport {
    let failures = actions.filter { !$0.done }.map { "\($0.id): \($0.detail)" }
    if asJSON { return CommandReport(try json(actions), failures: failures) }
    let lines = actions.filter(\.done).map { "\($0.id): \($0.detail)" }
    return CommandReport(lines.joined(separator: "\n"), failures: failures)
  }
}

/// What came of an action on one thing.
struct CommandAction: Encodable, Sendable {
  /// The thing's id.
  let id: String
  /// Whether it was done.
  let done: Bool
  /// What was done, or why not.
  let detail: String
}
