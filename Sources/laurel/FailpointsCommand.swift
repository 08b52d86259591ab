import App
import ArgumentParser

/// `laurel failpoints`: where the program can be made to end itself, for crash tests.
struct FailpointsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "failpoints",
    abstract: "Lists the places at which FAILPOINT=name:nth ends `laurel serve` by SIGKILL.",
    shouldDisplay: false)

  func run() {
    for name in Failpoint.names { print(name) }
  }
}
