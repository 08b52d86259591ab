import App
import ArgumentParser
import FoundationEssentials

/// `laurel doctor`: whether all that Laurel needs is there.
struct DoctorCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor",
    abstract: "Looks at everything that Laurel needs, and says what is wrong and what to do.",
    discussion: """
      Changes nothing, sends no letter and shows no secret. Ends with status 1 when something is \
      wrong; warnings are no fault.
      """)

  @OptionGroup var ledger: LedgerOptions

  func run() async throws {
    try await Outcome.print {
      try await Doctor.run(
        ledger.values,
        publicAddress: ProcessInfo.processInfo.environment["LAUREL_PUBLIC_URL"])
    }
  }
}
