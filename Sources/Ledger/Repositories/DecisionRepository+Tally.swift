package import Domain
import Postgres

/// How often what was decided.
extension DecisionRepository {
  /// A number of decisions.
  package struct OutcomeCount: Sendable, Equatable {
    /// Whether they are of the recent period.
    package let isRecent: Bool
    /// What was decided.
    package let outcome: Outcome
    /// How many decisions.
    package let count: Int
    /// For how many of them the rules were asked.
    package let asked: Int
  }

  /// A number of hits of a rule.
  package struct HitCount: Sendable, Equatable {
    /// Whether they are of the recent period.
    package let isRecent: Bool
    /// The rule.
    package let rule: String
    /// How many hits.
    package let count: Int
  }

  /// What the requirements and the rules decided by themselves within the last `recent` hours, and
  /// within `earlier` hours before that. It reads the index `decisions_time` only, not the facts.
  /// - Throws: `PostgresError`, `LedgerError`.
  package func outcomes(
    store: StoreID, recent: Int, earlier: Int
  ) async throws -> [OutcomeCount] {
    try await session.rows(
      """
      SELECT decided_at > now() - \(recent) * interval '1 hour' AS is_recent, outcome,
        count(*) AS count, count(rule_hits) AS asked
      FROM decisions
      WHERE store_id = \(store.value)
        AND decided_at > now() - \(recent + earlier) * interval '1 hour'
        AND decided_by IN ('requirement', 'rules')
      GROUP BY is_recent, outcome
      """
    ) { row in
      guard let outcome = Outcome(rawValue: try row.decode("outcome", as: String.self)) else {
        throw LedgerError.unknownValue("decisions.outcome")
      }
      return OutcomeCount(
        isRecent: try row.decode("is_recent", as: Bool.self), outcome: outcome,
        count: try row.decode("count", as: Int.self),
        asked: try row.decode("asked", as: Int.self))
    }
  }

  /// How often each rule hit in the same periods, those in shadow too.
  /// - Throws: `PostgresError`.
  package func hits(store: StoreID, recent: Int, earlier: Int) async throws -> [HitCount] {
    try await session.rows(
      """
      SELECT decided_at > now() - \(recent) * interval '1 hour' AS is_recent, hit,
        count(*) AS count
      FROM decisions CROSS JOIN LATERAL unnest(rule_hits) AS hit
      WHERE store_id = \(store.value)
        AND decided_at > now() - \(recent + earlier) * interval '1 hour'
        AND decided_by IN ('requirement', 'rules')
      GROUP BY is_recent, hit
      """
    ) { row in
      HitCount(
        isRecent: try row.decode("is_recent", as: Bool.self),
        rule: try row.decode("hit", as: String.self),
        count: try row.decode("count", as: Int.self))
    }
  }
}
