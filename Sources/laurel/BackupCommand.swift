import App
import ArgumentParser

/// `laurel backup`: the ledger in a file.
struct BackupCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "backup",
    abstract: "Writes the ledger into a new file, also while laurel serve runs.",
    discussion: """
      The file is in pg_dump's custom format and holds addresses of customers. It does not hold \
      LAUREL_CODE_KEY and the other keys: keep those apart.
      """)

  @Argument(help: "The file to write. One that is there is not overwritten.")
  var file: String

  @Flag(help: "Print JSON, for programs.")
  var json = false

  func run() async throws {
    try await Outcome.print { try await BackupAdministration.backUp(to: file, isJSON: json) }
  }
}
