import App
import ArgumentParser
import Domain
import FoundationEssentials
import Ledger

/// `laurel rewards`: what is owed and what was paid.
struct RewardsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rewards",
    abstract: "Shows rewards, and lets you decide on those that wait or are dead.",
    subcommands: [List.self, Show.self, Approve.self, Reject.self, Revoke.self],
    defaultSubcommand: List.self)

  /// `laurel rewards list`.
  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Lists rewards, the newest first.")

    @Option(help: "Only those in this status.")
    var status: RewardRepository.Status?
    @Flag(help: "Only those that wait for approval, by LAUREL_ROLLOUT or by their campaign.")
    var waiting = false
    @OptionGroup var list: ListOptions
    @OptionGroup var ledger: LedgerOptions

    func validate() throws {
      guard !waiting || status == nil else {
        throw ValidationError("--waiting and --status do not go together.")
      }
    }

    func run() async throws {
      try await Outcome.print {
        try await RewardAdministration.list(
          ledger.values, waiting ? .waiting : .status(status), limit: list.limit)
      }
    }
  }

  /// `laurel rewards show`.
  struct Show: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Explains one reward. Its code is never shown.")

    @Argument(help: "The reward's id.", transform: RewardID.read)
    var id: UUID
    @OptionGroup var ledger: LedgerOptions

    func run() async throws {
      try await Outcome.print { try await RewardAdministration.show(ledger.values, id) }
    }
  }

  /// `laurel rewards approve`.
  struct Approve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Has rewards issued that wait for approval, and dead ones tried again.")

    @Argument(help: "The rewards' ids.", transform: RewardID.read)
    var ids: [UUID]
    @Option(
      help: ArgumentHelp(
        "Who approves; without it, the user who runs this. Needed where two people have to.",
        valueName: "name"))
    var by: String?
    @Option(help: "A note to keep with it.")
    var note: String?
    @OptionGroup var ledger: LedgerOptions

    func validate() throws {
      guard let by else { return }
      let name = by.trimmingSpace()
      guard !name.isEmpty, name.count <= 100, name.showingInvisible() == name else {
        throw ValidationError("--by takes a name of 1 to 100 characters that can all be seen.")
      }
    }

    func run() async throws {
      try await Outcome.print {
        try await RewardAdministration.approve(ledger.values, ids, by: by, note: note)
      }
    }
  }

  /// `laurel rewards reject`.
  struct Reject: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Refuses rewards for good that were never tried, or that are dead.")

    @Argument(help: "The rewards' ids.", transform: RewardID.read)
    var ids: [UUID]
    @OptionGroup var reason: ReasonOption
    @OptionGroup var ledger: LedgerOptions

    func run() async throws {
      try await Outcome.print {
        try await RewardAdministration.reject(ledger.values, ids, reason: reason.reason)
      }
    }
  }
}

extension RewardRepository.Status: ExpressibleByArgument {}
