import App
import ArgumentParser

/// `laurel rules try`: what would be decided of an order.
struct RulesTryCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "try",
    abstract: "Says what would be decided of an order now, and changes nothing.",
    discussion: """
      Reads the order from the store and the ledger as they are, and asks the requirements and the \
      rules that laurel serve would ask. An order that earned its reward already is refused here, \
      because it did.
      """)

  @Argument(help: "The order's id at the store, such as T3JkZXI6….")
  var order: String
  @Option(help: "Ask the rules of this file instead.", completion: .file())
  var rules: String?
  @OptionGroup var ledger: LedgerOptions

  func run() async throws {
    try await Outcome.print {
      try await RulesTry.run(ledger.values, order: order, file: rules)
    }
  }
}
