import App
import ArgumentParser
import FoundationEssentials

extension RewardsCommand {
  /// `laurel rewards revoke`.
  struct Revoke: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Takes rewards back: what the store has of them becomes worthless.")

    @Argument(help: "The rewards' ids.", transform: RewardID.read)
    var ids: [UUID]
    @OptionGroup var reason: ReasonOption
    @OptionGroup var ledger: LedgerOptions

    func run() async throws {
      try await Outcome.print {
        try await RewardAdministration.revoke(ledger.values, ids, reason: reason.reason)
      }
    }
  }
}

/// Why a human decides as he does.
struct ReasonOption: ParsableArguments {
  @Option(help: "Why; kept with the reward and its referral.")
  var reason: String

  func validate() throws {
    guard reason.contains(where: { !$0.isWhitespace }) else {
      throw ValidationError("--reason must say why.")
    }
  }
}
