import App
import ArgumentParser
import Domain

/// The program `laurel`.
@main
struct LaurelCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "laurel",
    abstract: "Runs a store's referral programme.",
    version: Laurel.version,
    subcommands: [
      ServeCommand.self, DemoCommand.self, MigrateCommand.self, EventsCommand.self,
      RewardsCommand.self, CodesCommand.self, KeysCommand.self, DoctorCommand.self,
      RulesCommand.self, ReviewCommand.self, ReconcileCommand.self, StatsCommand.self,
      BackupCommand.self, RestoreCommand.self, FailpointsCommand.self,
    ])
}
