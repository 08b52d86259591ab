import App
import ArgumentParser

/// `laurel keys`: the keys under which the tokens of installed stores are kept.
struct KeysCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "keys",
    abstract: "Shows and exchanges the keys that seal the tokens of installed stores.",
    discussion: """
      LAUREL_SECRET_KEY lists the keys, newest first. To exchange one, put the new key in front \
      everywhere, restart, run `laurel keys rotate`, and take the old one away once `laurel keys \
      list` shows the newest for every store.
      """,
    subcommands: [List.self, Rotate.self], defaultSubcommand: List.self)

  /// `laurel keys list`.
  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Lists the installed stores with the id of the key that seals their token.")

    @Flag(help: "Print JSON, for programs.")
    var json = false

    func run() async throws {
      try await Outcome.print { try await KeyAdministration.list(isJSON: json) }
    }
  }

  /// `laurel keys rotate`.
  struct Rotate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Seals every token again, with the newest key of LAUREL_SECRET_KEY.")

    @Flag(help: "Print JSON, for programs.")
    var json = false

    func run() async throws {
      try await Outcome.print { try await KeyAdministration.rotate(isJSON: json) }
    }
  }
}
