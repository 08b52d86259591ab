import App
import ArgumentParser

/// `laurel demo`: the whole story on this machine, without a store.
struct DemoCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "demo",
    abstract: "Tells the story of a referral, line by line, against a store that it brings along.",
    discussion: """
      Everything stays on this machine: a private PostgreSQL, a sandbox store and the service. \
      Afterwards the service stays up until Ctrl-C.
      """)

  @Flag(help: "End after the story: status 0 when every step held, 1 otherwise.")
  var once = false

  func run() async throws {
    try await Outcome.report {
      guard try await Demo.run(staysUp: !once) else { throw ExitCode.failure }
    }
  }
}
