import App
import ArgumentParser
import FoundationEssentials

/// `laurel rules`: the programme and its antifraud rules.
struct RulesCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rules",
    abstract: "Looks at the programme and its antifraud rules, config/laurel.yaml.",
    subcommands: [
      Check.self, Signals.self, RulesExplainCommand.self, RulesTryCommand.self,
      RulesBacktestCommand.self,
    ])

  /// `laurel rules check`.
  struct Check: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Names every fault of a file with line and column, or says what holds by it.",
      discussion: """
        Without FILE it is the file that LAUREL_CONFIG names, else config/laurel.yaml. What the \
        environment sets is taken into account, as laurel serve does. Changes nothing; ends with \
        status 1 when something is wrong. To have a running laurel serve take a changed file over, \
        send it SIGHUP. The list disposable_domains is the one beside FILE, if there is one.
        """)

    @Argument(help: "The file to look at.")
    var file: String?

    @Flag(help: "Print JSON, for programs.")
    var json = false

    func run() async throws {
      try await Outcome.print {
        try RulesCheck.run(
          file: file, environment: ProcessInfo.processInfo.environment, isJSON: json)
      }
    }
  }

  /// `laurel rules signals`.
  struct Signals: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Lists what a rule can ask of an order, with a paragraph for each.")

    @Flag(help: "Print JSON, for programs.")
    var json = false

    func run() async throws {
      try await Outcome.print { try SignalList.report(isJSON: json) }
    }
  }
}
