import App
import ArgumentParser
import Glibc

/// `laurel migrate`: the database's schema.
struct MigrateCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "migrate",
    abstract: "Brings the database's schema up to date, or back.",
    subcommands: [Up.self, Down.self, Status.self], defaultSubcommand: Status.self)

  /// `laurel migrate up`.
  struct Up: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Applies what is not applied yet.")

    func run() async throws {
      try await Outcome.report {
        let applied = try await Migrate.up()
        print(applied.isEmpty ? "up to date" : applied.map { "applied \($0)" }.lines)
      }
    }
  }

  /// `laurel migrate down`.
  struct Down: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Takes the newest migrations back. What they hold is lost.",
      discussion: """
        The tables and columns of a migration go with everything in them: rewards among it, which \
        Laurel then no longer knows to be paid. Stop every laurel serve before, and have a backup.
        """)

    @Option(help: "How many to take back.")
    var steps = 1

    @Flag(help: "Do not ask. Needed where nobody can be asked.")
    var yes = false

    func validate() throws {
      guard steps > 0 else { throw ValidationError("--steps must be 1 or more.") }
    }

    func run() async throws {
      try await Outcome.report {
        let isSure = yes
        let reverted = try await Migrate.down(steps: steps) { try isSure || Self.confirms($0) }
        print(
          reverted.isEmpty ? "nothing was taken back" : reverted.map { "took back \($0)" }.lines)
      }
    }

    /// Asks on the terminal whether what these migrations hold may go.
    private static func confirms(_ names: [String]) throws -> Bool {
      let list = names.map { "  \($0)" }.lines
      guard isatty(STDIN_FILENO) == 1 else {
        throw UsageError(
          "this takes back, with everything that they hold:\n\(list)\n"
            + "nobody can be asked here; give --yes to do it")
      }
      print("This takes back, with everything that they hold:\n\(list)\nType yes to go on: ")
      return readLine() == "yes"
    }
  }

  /// `laurel migrate status`.
  struct Status: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Lists every migration and whether it is applied.")

    @Flag(help: "Print JSON, for programs.")
    var json = false

    func run() async throws {
      try await Outcome.report { print(try await Migrate.status(asJSON: json)) }
    }
  }
}

extension [String] {
  /// One line for each.
  fileprivate var lines: String { joined(separator: "\n") }
}
