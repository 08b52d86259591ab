import ArgumentParser

/// `laurel codes`: the codes that customers share.
struct CodesCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "codes",
    abstract: "Gives customers the codes that they share.",
    discussion: """
      Codes are written into the ledger. A running `laurel serve` writes each of them into its \
      user's metadata at the store, under ref_code.
      """,
    subcommands: [CodesIssueCommand.self, CodesBackfillCommand.self])
}
