import App
import ArgumentParser

/// `laurel reconcile`: the ledger against the store.
struct ReconcileCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "reconcile",
    abstract: "Compares the ledger with the store, and puts right what it can.",
    discussion: """
      Reads every promo code of Laurel's at the store, then the ledger. Rewards that the ledger does \
      not know are taken over, and those that were taken back, and can be used all the same, are made \
      worthless again; a running laurel serve does the work. Everything else is reported, above all \
      rewards whose card is gone: none is made again. Prints a statement of account for each \
      currency. Exit status 1 when differences are left.
      """)

  @Flag(help: "Only report; change nothing, neither in the ledger nor at the store.")
  var check = false

  @OptionGroup var ledger: LedgerOptions

  func run() async throws {
    try await Outcome.print {
      try await ReconcileAdministration.run(ledger.values, checksOnly: check)
    }
  }
}
