import App
import ArgumentParser

/// `laurel serve`: the service itself.
struct ServeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "serve",
    abstract: "Receives webhooks, decides, and issues rewards until it is stopped.",
    discussion: """
      The environment configures it; config/README.md lists every variable. Without DATABASE_URL it runs
      a private PostgreSQL under LAUREL_DATA_DIR.
      """)

  @Option(help: "The parts that this process runs, separated by commas: web, worker.")
  var roles = "web,worker"

  @Flag(help: "Do not bring the database's schema up to date at the start.")
  var noMigrate = false

  func validate() throws {
    _ = try parsedRoles()
  }

  func run() async throws {
    let roles = try parsedRoles()
    try await Outcome.report {
      try await Serve.run(roles: roles, migrate: !noMigrate)
    }
  }

  private func parsedRoles() throws -> Set<Laurel.Role> {
    let names = roles.split(separator: ",").map(String.init)
    let parsed = names.compactMap(Laurel.Role.init(rawValue:))
    guard !parsed.isEmpty, parsed.count == names.count else {
      throw ValidationError("--roles takes web, worker or both, separated by a comma.")
    }
    return Set(parsed)
  }
}
