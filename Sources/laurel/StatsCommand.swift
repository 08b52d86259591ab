import App
import ArgumentParser
import Domain
import Ledger

/// `laurel stats`: what the programme brings in and costs.
struct StatsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "stats",
    abstract: "Tells what the programme brings in and costs, over a range of days.",
    discussion: """
      From clicks on invitations to orders, rewards and what was spent of them; what a new customer \
      cost, and how often orders brought in what their rewards cost. Days are those of the shop's \
      time zone (time_zone in the configuration file). Clicks and registrations are of the day on \
      which they were; orders, and all that became of them by now, of the day on which Laurel first \
      saw the order. Each currency is for itself.
      """)

  @Option(help: "The first day, such as 2026-11-01; without it 30 days are told.")
  var from: CalendarDay?
  @Option(help: "The last day; without it today.")
  var until: CalendarDay?
  @Option(help: "Break the figures down by day, code, campaign or channel.")
  var by: FunnelRepository.Breakdown?
  @Option(help: "Only this campaign; default where the file names none.")
  var campaign: String?
  @Option(help: "Only this channel's orders and links; its slug.")
  var channel: String?
  @OptionGroup var ledger: LedgerOptions

  func validate() throws {
    if let from, let until, until < from {
      throw ValidationError("--from must not be after --until.")
    }
  }

  func run() async throws {
    try await Outcome.print {
      var wish = StatsAdministration.Wish()
      wish.first = from
      wish.last = until
      wish.breakdown = by
      wish.campaign = campaign
      wish.channel = channel
      return try await StatsAdministration.run(ledger.values, wish)
    }
  }
}

extension FunnelRepository.Breakdown: ExpressibleByArgument {}

extension CalendarDay: ExpressibleByArgument {
  /// Reads a day as it is typed, such as 2026-11-01.
  public init?(argument: String) { self.init(argument) }
}
