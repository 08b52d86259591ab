import Domain
import Ledger
package import Logging
package import Monitoring
import NIOConcurrencyHelpers
package import Postgres
import Rules

/// Watches whether the rules still see what they used to see: the decisions of the last day against
/// those of the two weeks before. It only reads, so every process does it for itself.
package struct DetectorWatch: Sendable {
  /// The periods in hours.
  private static let (recent, earlier) = (24, 14 * 24)

  private let pool: Pool
  private let store: ConnectedStore
  private let terms: CurrentTerms
  private let interval: Duration
  private let metrics: Metrics
  private let log: Logger
  /// What was said already and still holds.
  private let said = NIOLockedValueBox<Set<String>>([])

  /// Watches over `store`, every `interval`.
  package init(
    pool: Pool, store: ConnectedStore, terms: CurrentTerms, interval: Duration = .seconds(3600),
    metrics: Metrics, log: Logger
  ) {
    self.pool = pool
    self.store = store
    self.terms = terms
    self.interval = interval
    self.metrics = metrics
    self.log = log
  }

  /// The stage that looks.
  package func stage() -> Stage {
    Stage(name: "watch", width: 1, interval: interval, wakeup: Wakeup(), log: log) { _ in
      do {
        try await look()
      } catch let error as PostgresError {
        log.warning("the rules are not watched", metadata: ["error": "\(error)"])
      }
      return []
    }
  }

  /// Looks once: sets the gauges, and warns of what is new.
  /// - Throws: `PostgresError`, `LedgerError`.
  package func look() async throws {
    let decisions = DecisionRepository(pool)
    let counts = try await decisions.outcomes(
      store: store.id, recent: Self.recent, earlier: Self.earlier)
    let hits = try await decisions.hits(
      store: store.id, recent: Self.recent, earlier: Self.earlier)
    let health = DetectorHealth(
      recent: Self.tally(counts, hits, isRecent: true),
      earlier: Self.tally(counts, hits, isRecent: false))
    let rules = Set(
      terms.book.all(for: store.address).flatMap { $0.rules.rules.map(\.name) })
    let silent = health.silentRules(of: rules)
    let shifts = health.shifts
    let owner = store.address.canonical
    metrics.silentRules.replace(
      of: owner,
      by: Dictionary(rules.map { name in (name, silent.contains { $0.name == name } ? 1 : 0) }) {
        first, _ in first
      })
    metrics.outcomeShifts.replace(
      of: owner,
      by: Dictionary(
        Rule.Verdict.allCases.map { outcome in
          let shift = shifts.first { $0.outcome == outcome }
          return (outcome.rawValue, shift.map { $0.now - $0.before } ?? 0)
        }
      ) { first, _ in first })
    tell(silent, shifts)
  }

  private func tell(_ silent: [DetectorHealth.SilentRule], _ shifts: [DetectorHealth.Shift]) {
    let names = Set(silent.map { "rule \($0.name)" } + shifts.map { "share \($0.outcome)" })
    let known = said.withLockedValue { said in
      defer { said = names }
      return said
    }
    for rule in silent where !known.contains("rule \(rule.name)") {
      log.warning(
        "a rule that used to hit has fallen silent",
        metadata: [
          "rule": "\(rule.name)", "hits": "0", "expected": "\(Int(rule.expected.rounded()))",
          "hours": "\(Self.recent)",
        ])
    }
    for shift in shifts where !known.contains("share \(shift.outcome)") {
      log.warning(
        "the share of an outcome has jumped",
        metadata: [
          "outcome": "\(shift.outcome.rawValue)", "before": "\(Self.percent(shift.before))",
          "now": "\(Self.percent(shift.now))", "hours": "\(Self.recent)",
        ])
    }
  }

  private static func percent(_ share: Double) -> String { "\((share * 1000).rounded() / 10)%" }

  private static func tally(
    _ counts: [DecisionRepository.OutcomeCount], _ hits: [DecisionRepository.HitCount],
    isRecent: Bool
  ) -> DecisionTally {
    let counts = counts.filter { $0.isRecent == isRecent }
    return DecisionTally(
      outcomes: Dictionary(
        counts.compactMap { count in
          Rule.Verdict(rawValue: count.outcome.rawValue).map { ($0, count.count) }
        }
      ) { $0 + $1 },
      hits: Dictionary(
        hits.filter { $0.isRecent == isRecent }.map { ($0.rule, $0.count) }
      ) { $0 + $1 },
      asked: counts.reduce(0) { $0 + $1.asked })
  }
}
