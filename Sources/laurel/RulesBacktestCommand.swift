import App
import ArgumentParser

/// `laurel rules backtest`: what rules would have decided in the past.
struct RulesBacktestCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "backtest",
    abstract: "Says what a file of rules would have decided in the past, and changes nothing.",
    discussion: """
      Plays every decision that the rules made since then again, on the facts as they were, and counts \
      what would be decided otherwise, the rewards that move, and of those that would be refused how \
      many orders were refunded or taken back later. Only rules are tried: orders that the programme's \
      conditions refused, and rewards that were found at the store, are counted and left out. What \
      people decided in a review counts as the end of what the rules began.
      """)

  @Option(
    help: "The file of rules to try; without it those that are configured.", completion: .file())
  var rules: String?
  @Option(help: "From when on, such as 90d or 12h.")
  var since = Age(days: 90)
  @Flag(help: "Print a line of comma-separated values for each changed decision.")
  var csv = false
  @OptionGroup var ledger: LedgerOptions

  func validate() throws {
    guard since.seconds > 0 else {
      throw ValidationError("--since must be longer than nothing.")
    }
    guard !(csv && ledger.json) else {
      throw ValidationError("--csv and --json exclude each other.")
    }
  }

  func run() async throws {
    try await Outcome.print {
      try await RulesBacktest.run(
        ledger.values, file: rules, seconds: since.seconds,
        form: csv ? .csv : ledger.json ? .json : .table)
    }
  }
}
