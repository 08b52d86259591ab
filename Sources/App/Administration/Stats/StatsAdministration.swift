package import Domain
import FoundationEssentials
package import Ledger
import Postgres
import Rules

/// `laurel stats`: what the programme brings in and costs.
package enum StatsAdministration {
  /// Of what figures are asked for.
  package struct Wish: Sendable {
    /// The first day; `nil` for 30 days up to the last.
    package var first: CalendarDay?
    /// The last day; `nil` for today in the shop.
    package var last: CalendarDay?
    /// By what they are broken down; `nil` for not at all.
    package var breakdown: FunnelRepository.Breakdown?
    /// Only of this campaign.
    package var campaign: String?
    /// Only of this channel.
    package var channel: String?

    /// Figures of all of the last 30 days.
    package init() {}
  }

  /// Tells the figures as they stood in the ledger when it began, by days in the time zone that the
  /// configuration file says.
  /// - Throws: `ConfigFile.Unreadable`, `TermsError` when the file is at fault, `ConfigurationError`,
  ///   `UsageError`, `PostgresError`, `LedgerError`.
  package static func run(
    _ options: Administration.Options, _ wish: Wish
  ) async throws -> CommandReport {
    let book = try TermsSource(file: nil, environment: ProcessInfo.processInfo.environment).book()
    return try await Administration.run(options) { administration in
      if let fault = try await ShopTimeZone.fault(of: book, administration.pool) {
        throw ConfigurationError([fault])
      }
      let report = try await administration.pool.transaction(isolation: .repeatableRead) {
        session in
        try await session.execute("SET TRANSACTION READ ONLY")
        // A few large statements: what is sorted fits, and compiling them costs more than it saves.
        try await session.execute("SET LOCAL work_mem = '64MB'")
        try await session.execute("SET LOCAL jit = off")
        let funnel = FunnelRepository(session)
        try await check(wish.campaign, of: book, funnel, store: administration.store)
        return try await tell(
          funnel, store: administration.store, wish, timeZone: book.timeZone)
      }
      return CommandReport(
        administration.isJSON ? try CommandReport.json(report) : report.text)
    }
  }

  /// Refuses a campaign of which neither the file nor the ledger has heard: its figures would all
  /// be 0, as those of a name that is spelled wrong are.
  private static func check(
    _ campaign: String?, of book: TermsBook, _ funnel: FunnelRepository, store: StoreID
  ) async throws {
    guard let campaign, campaign != Campaign.standardID,
      !book.all().flatMap(\.namedCampaigns).contains(where: { $0.id == campaign })
    else { return }
    guard try await funnel.knows(campaign: campaign, store: store) else {
      throw UsageError("neither the file of rules nor the ledger knows a campaign \(campaign)")
    }
  }

  private static func tell(
    _ funnel: FunnelRepository, store: StoreID, _ wish: Wish, timeZone: String
  ) async throws -> StatsReport {
    var scope = try await funnel.scope(
      first: wish.first, last: wish.last, timeZone: timeZone)
    guard scope.first <= scope.last else {
      throw UsageError("--from \(scope.first) is after --until \(scope.last)")
    }
    scope.campaign = wish.campaign
    scope.channel = wish.channel
    let codes = try await StatsTally(funnel, store: store, scope, by: .code)
    let lines: StatsTally? =
      switch wish.breakdown {
      case nil: nil
      case .code: codes
      case .some(let breakdown): try await StatsTally(funnel, store: store, scope, by: breakdown)
      }
    return StatsReport(scope, by: wish.breakdown, codes: codes, lines: lines)
  }
}
