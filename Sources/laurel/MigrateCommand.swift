import App
import ArgumentParser

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
      abstract: "Takes the newest migrations back. What they hold is lost.")

    @Option(help: "How many to take back.")
    var steps = 1

    func validate() throws {
      guard steps > 0 else { throw ValidationError("--steps must be 1 or more.") }
    }

    func run() async throws {
      try await Outcome.report {
        let reverted = try await Migrate.down(steps: steps)
        print(reverted.isEmpty ? "nothing to take back" : reverted.map { "took back \($0)" }.lines)
      }
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
