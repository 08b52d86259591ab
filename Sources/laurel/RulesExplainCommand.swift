import App
import ArgumentParser

/// `laurel rules explain`: why an order was decided as it was.
struct RulesExplainCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "explain",
    abstract: "Shows every decision on an order: the facts, what each rule said, and the score.")

  @Argument(help: "The referral's number, or its order's id.")
  var referral: String
  @Flag(
    help: """
      Ask the rules of that day again on the facts of that day, and say whether the same comes out; \
      ends with status 1 when it does not.
      """)
  var replay = false
  @OptionGroup var ledger: LedgerOptions

  func run() async throws {
    try await Outcome.print {
      try await RulesExplain.run(ledger.values, referral, replays: replay)
    }
  }
}
