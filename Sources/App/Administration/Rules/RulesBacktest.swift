import Domain
import FoundationEssentials
import Ledger
import Postgres
import Rules

/// `laurel rules backtest`: what rules would have decided in the past.
package enum RulesBacktest {
  /// In which form the findings are printed.
  package enum Form: Sendable {
    /// Tables.
    case table
    /// The same sums as JSON.
    case json
    /// A line for each decision that would be another.
    case csv
  }

  /// How many decisions are read at once: a few megabytes of facts.
  static let pageSize = 4_000

  /// Plays the decisions of the last `seconds` by the rules of a file, or by those that are
  /// configured. It only reads, what stood in the ledger when it began.
  /// - Throws: `ConfigFile.Unreadable`, `TermsError` when the file is at fault, `ConfigurationError`,
  ///   `UsageError`, `PostgresError`, `LedgerError`.
  package static func run(
    _ options: Administration.Options, file: String?, seconds: Int, form: Form
  ) async throws -> CommandReport {
    let environment = ProcessInfo.processInfo.environment
    let book = try TermsSource(file: file, environment: environment).book()
    return try await Administration.run(options) { administration in
      let known = try await StoreRepository(administration.pool).all()
      guard
        let address = known.first(where: { $0.id == administration.store })
          .flatMap({ StoreAddress($0.address) })
      else { throw UsageError("the ledger has no address of the store") }
      if form == .csv { Terminal.say(BacktestCSV.head) }
      let report = try await administration.pool.transaction(isolation: .repeatableRead) {
        session in
        try await session.execute("SET TRANSACTION READ ONLY")
        return try await play(
          Backtest(book: book, store: address), DecisionHistoryRepository(session),
          store: administration.store, seconds: seconds
        ) { lines in if form == .csv { Terminal.say(lines()) } }
      }
      switch form {
      case .table: return CommandReport(report.text)
      case .json: return CommandReport(try CommandReport.json(report))
      case .csv: return CommandReport("")
      }
    }
  }

  /// Plays page by page: while one is judged, the next is read.
  private static func play(
    _ backtest: Backtest, _ history: DecisionHistoryRepository, store: StoreID, seconds: Int,
    _ say: @Sendable (() -> String) -> Void
  ) async throws -> BacktestReport {
    let meter = BacktestMeter()
    defer { meter.end() }
    let extent = try await history.extent(store: store, seconds: seconds)
    @Sendable func page(after: Int) async throws -> [DecisionHistoryRepository.Past] {
      try await history.page(
        store: store, seconds: seconds, after: after, last: extent.last, limit: pageSize)
    }
    var tally = BacktestTally()
    var decisions = try await page(after: extent.after)
    while let last = decisions.last?.id {
      async let following = page(after: last)
      let played = await backtest.play(
        decisions, parts: max(1, ProcessInfo.processInfo.activeProcessorCount))
      // One statement at a time: the fates come when the page is there.
      decisions = try await following
      let fallen = try await history.fallen(
        store: store, among: played.changed.filter(\.takesReward).map(\.past.referralID))
      tally.add(played.tally)
      for changed in played.changed {
        tally.count(changed, hasFallen: fallen.contains(changed.past.referralID))
      }
      if !played.changed.isEmpty {
        say {
          played.changed.map {
            BacktestCSV.line($0, hasFallen: fallen.contains($0.past.referralID))
          }.joined(separator: "\n")
        }
      }
      meter.show(tally.played + tally.erased + tally.unreadable, of: extent.byRules)
    }
    return BacktestReport(tally, extent, rulesVersion: backtest.book.version)
  }
}
