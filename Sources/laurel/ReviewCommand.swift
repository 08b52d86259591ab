import App
import ArgumentParser
import Ledger

/// `laurel review`: the cases that somebody has to look at.
struct ReviewCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "review",
    abstract: "Shows the cases that a rule sent to review, and lets you decide on them.",
    subcommands: [List.self, Show.self, Approve.self, Reject.self], defaultSubcommand: List.self)

  /// `laurel review list`.
  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Lists cases: those that nobody has carried out, the least time left first.")

    @Option(help: "Only those in this state; done ones are listed only so.")
    var state: ReviewRepository.State?
    @OptionGroup var filter: ReviewFilterOptions
    @OptionGroup var ledger: LedgerOptions

    func run() async throws {
      try await Outcome.print {
        try await ReviewAdministration.list(ledger.values, state, filter.values(limit: 50))
      }
    }
  }

  /// `laurel review show`.
  struct Show: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Shows everything about one case, and similar ones.")

    @Argument(help: "The case's number, or its order's id.")
    var id: String
    @OptionGroup var ledger: LedgerOptions

    func run() async throws {
      try await Outcome.print { try await ReviewAdministration.show(ledger.values, id) }
    }
  }

  /// `laurel review approve`.
  struct Approve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Has rewards given, if their orders still meet the requirements.")

    @OptionGroup var verdict: VerdictOptions
    @OptionGroup var ledger: LedgerOptions

    func run() async throws { try await verdict.run(.approve, ledger) }
  }

  /// `laurel review reject`.
  struct Reject: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Refuses rewards for good, at once.")

    @OptionGroup var verdict: VerdictOptions
    @OptionGroup var ledger: LedgerOptions

    func run() async throws { try await verdict.run(.reject, ledger) }
  }
}

/// Which cases are meant.
struct ReviewFilterOptions: ParsableArguments {
  @Option(help: "Only those of this rule; score for the score.")
  var rule: String?
  @Option(help: "Only those of this channel's orders.")
  var channel: String?
  @Option(help: "Only those of this referral code.")
  var code: String?
  @Option(help: "Only those with this score or more.")
  var minScore: Int?
  @Option(help: "Only those in review for this long, such as 3d, 12h or 30m.")
  var olderThan: Age?
  @Option(help: "How many at most, 1 to 10000.")
  var limit: Int?

  func validate() throws {
    guard limit.map({ (1...ReviewRepository.maximumLimit).contains($0) }) ?? true else {
      throw ValidationError("--limit must be a number from 1 to 10000.")
    }
  }

  /// Whether anything is left out.
  var isGiven: Bool { values(limit: 0) != ReviewFilterOptions.none }

  private static var none: ReviewRepository.Filter {
    var filter = ReviewRepository.Filter()
    filter.limit = 0
    return filter
  }

  /// The filter; `limit` unless another one is given.
  func values(limit standard: Int) -> ReviewRepository.Filter {
    var filter = ReviewRepository.Filter()
    filter.rule = rule
    filter.channel = channel
    filter.code = code?.uppercased()
    filter.minimumScore = minScore
    filter.age = olderThan?.seconds
    filter.limit = limit ?? standard
    return filter
  }
}

/// On which cases somebody decides, and how.
struct VerdictOptions: ParsableArguments {
  @Argument(help: "The cases' numbers, or their orders' ids.")
  var ids: [String] = []
  @Flag(help: "All open cases that the filters let through.")
  var all = false
  @OptionGroup var filter: ReviewFilterOptions
  @Option(help: "A note to keep with the decision.")
  var note: String?
  @Flag(help: "Decide on all of them without being asked again.")
  var yes = false
  @Flag(help: "Only say what would be decided; change nothing.")
  var dryRun = false

  func validate() throws {
    guard all != !ids.isEmpty else {
      throw ValidationError("Name cases, or choose them with --all.")
    }
    guard all || !filter.isGiven else {
      throw ValidationError("Filters go with --all.")
    }
  }

  /// Decides as the command says, and prints what came of it.
  /// - Throws: `ExitCode`.
  func run(_ verdict: ReviewAdministration.Verdict, _ ledger: LedgerOptions) async throws {
    try await Outcome.print {
      try await ReviewAdministration.decide(
        ledger.values, verdict,
        all ? .all(filter.values(limit: ReviewRepository.maximumLimit)) : .named(ids),
        note: note, isConfirmed: yes, isTrial: dryRun)
    }
  }
}

extension ReviewRepository.State: ExpressibleByArgument {}
