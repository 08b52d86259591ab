import App
import ArgumentParser

/// `laurel restore`: the ledger out of a file, and whether it counts.
struct RestoreCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "restore",
    abstract: "Fills the database from a backup, or says that this ledger counts from now on.",
    discussion: """
      laurel serve must not run meanwhile. At its next start it finds out at the store what happened \
      since the backup, before anything is issued.
      """)

  @Argument(help: "The file that laurel backup wrote.")
  var file: String?

  @Flag(help: "Replace what the database holds: it is lost.")
  var replace = false

  @Flag(help: "This ledger counts from now on, although the App belongs to another one.")
  var takeOver = false

  @Flag(help: "Only show whether this ledger counts, and why not.")
  var status = false

  @OptionGroup var ledger: LedgerOptions

  func validate() throws {
    guard [file != nil, takeOver, status].filter(\.self).count == 1 else {
      throw ValidationError("Give either a FILE, or --take-over, or --status.")
    }
    guard !replace || file != nil else { throw ValidationError("--replace goes with a FILE.") }
  }

  func run() async throws {
    try await Outcome.print {
      if let file {
        return try await BackupAdministration.restore(
          from: file, replaces: replace, isJSON: ledger.json)
      }
      return try await takeOver
        ? BackupAdministration.takeOver(ledger.values)
        : BackupAdministration.status(ledger.values)
    }
  }
}
