import App
import ArgumentParser
import Ledger

/// `laurel events`: what the store delivered.
struct EventsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "events",
    abstract: "Shows what the store delivered, and has it looked at again.",
    subcommands: [List.self, Show.self, Replay.self], defaultSubcommand: List.self)

  /// `laurel events list`.
  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Lists deliveries, the newest first.")

    private static let known =
      InboxRepository.Outcome.allCases.map(\.rawValue) + [EventArchive.waiting]

    @Option(help: "Only those of this outcome: \(known.joined(separator: ", ")).")
    var outcome: String?
    @Option(help: "Only those of this event, such as OrderFullyPaid.")
    var event: String?
    @Option(help: "Only those about the order with this id.")
    var order: String?
    @Option(help: "Only those that came within the last N days, 1 to 36500.")
    var days: Int?
    @OptionGroup var list: ListOptions
    @OptionGroup var ledger: LedgerOptions

    func validate() throws {
      guard days.map((1...36_500).contains) ?? true else {
        throw ValidationError("--days must be a number from 1 to 36500.")
      }
      guard outcome.map(Self.known.contains) ?? true else {
        throw ValidationError("--outcome takes one of: \(Self.known.joined(separator: ", ")).")
      }
    }

    func run() async throws {
      try await Outcome.print {
        try await EventAdministration.list(
          ledger.values, .init(outcome: outcome, event: event, orderID: order, days: days),
          limit: list.limit)
      }
    }
  }

  /// `laurel events show`.
  struct Show: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Shows one delivery and what followed from it.")

    @Argument(
      help: "The delivery's key, or at least 8 of its first digits.",
      transform: EventsCommand.key)
    var id: EventKey
    @OptionGroup var ledger: LedgerOptions

    func run() async throws {
      try await Outcome.print { try await EventAdministration.show(ledger.values, id) }
    }
  }

  /// `laurel events replay`.
  struct Replay: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Has deliveries looked at again. Safe at any time: nothing is paid twice.")

    @Argument(
      help: "The deliveries' keys, or at least 8 of their first digits.",
      transform: EventsCommand.key)
    var ids: [EventKey] = []
    @Option(help: "Instead of keys: every delivery of this outcome, such as malformed.")
    var outcome: InboxRepository.Outcome?
    @OptionGroup var ledger: LedgerOptions

    func validate() throws {
      guard ids.isEmpty != (outcome == nil) else {
        throw ValidationError("Give either keys or --outcome.")
      }
    }

    func run() async throws {
      try await Outcome.print {
        guard let outcome else { return try await EventAdministration.replay(ledger.values, ids) }
        return try await EventAdministration.replayAll(ledger.values, outcome: outcome)
      }
    }
  }

  private static func key(_ text: String) throws -> EventKey {
    guard let key = EventKey(text) else {
      throw ValidationError("\(text) is no key: it has 8 to 64 hexadecimal digits.")
    }
    return key
  }
}

extension InboxRepository.Outcome: ExpressibleByArgument {}
