import ArgumentParser

/// The program `laurel-bench`: how fast parts of Laurel are. Tests never measure time, because a
/// machine may be busy; this is for people, on a machine that has nothing else to do.
@main
struct BenchmarkCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "laurel-bench",
    abstract: "Measures how fast parts of Laurel are. Build it in release mode.",
    subcommands: [RunCommand.self, RulesBenchmark.self, ReferenceServer.self])
}
