package import Domain
import FoundationEssentials
package import Postgres

/// Decisions of the past, to be played again by other rules. What belongs together has to be read in
/// one transaction: the time up to which decisions are read is that of its beginning.
package struct DecisionHistoryRepository: Sendable {
  /// Which decisions there are since a time.
  package struct Extent: Sendable, Equatable {
    /// How many the rules made.
    package let byRules: Int
    /// How many a fixed condition of the programme made.
    package let byRequirements: Int
    /// How many rewards were found at the store.
    package let adoptions: Int
    /// The number before the first one of the rules, and the last.
    package let after: Int, last: Int
  }

  /// A decision of the rules.
  package struct Past: Sendable {
    /// Its number.
    package let id: Int
    /// Its referral.
    package let referralID: Int
    /// The order's channel.
    package let channel: String
    /// What the rules gave.
    package let outcome: DecisionRepository.Outcome
    /// What came of it in the end; `review` while nobody has decided.
    package let ended: DecisionRepository.Outcome
    /// The facts as they were, in JSON.
    package let facts: String?
    /// The names of facts that were taken out because a person is forgotten.
    package let erasedFacts: [String]
    /// What was, or would have been, given.
    package let reward: Money?
  }

  private let session: any PostgresSession

  /// Works on `session`.
  package init(_ session: any PostgresSession) {
    self.session = session
  }

  /// Which decisions there are of the last `seconds`.
  /// - Throws: `PostgresError`.
  package func extent(store: StoreID, seconds: Int) async throws -> Extent {
    let extent = try await session.first(
      """
      SELECT count(*) FILTER (WHERE decided_by = 'rules') AS by_rules,
        count(*) FILTER (WHERE decided_by = 'requirement') AS by_requirements,
        count(*) FILTER (WHERE decided_by = 'adoption') AS adoptions,
        coalesce(min(id) FILTER (WHERE decided_by = 'rules') - 1, 0) AS after,
        coalesce(max(id) FILTER (WHERE decided_by = 'rules'), 0) AS last
      FROM decisions
      WHERE store_id = \(store.value)
        AND decided_at >= now() - \(seconds) * interval '1 second'
      """
    ) { row in
      Extent(
        byRules: try row.decode("by_rules", as: Int.self),
        byRequirements: try row.decode("by_requirements", as: Int.self),
        adoptions: try row.decode("adoptions", as: Int.self),
        after: try row.decode("after", as: Int.self), last: try row.decode("last", as: Int.self))
    }
    guard let extent else { throw LedgerError.rowMissing("decisions") }
    return extent
  }

  /// The next decisions of the rules after the number `after`, in the sequence of their numbers.
  /// - Throws: `PostgresError`, `LedgerError`.
  package func page(
    store: StoreID, seconds: Int, after: Int, last: Int, limit: Int
  ) async throws -> [Past] {
    try await session.rows(
      """
      SELECT id, referral_id, coalesce(channel, '') AS channel, outcome, facts, erased_facts,
        reward_amount, reward_currency,
        CASE WHEN outcome = 'review' THEN (
          SELECT later.outcome FROM decisions AS later
          WHERE later.store_id = \(store.value) AND later.referral_id = past.referral_id
          ORDER BY later.id DESC LIMIT 1
        ) ELSE outcome END AS ended
      FROM decisions AS past
      WHERE store_id = \(store.value) AND id > \(after) AND id <= \(last)
        AND decided_by = 'rules' AND decided_at >= now() - \(seconds) * interval '1 second'
      ORDER BY id LIMIT \(limit)
      """
    ) { row in
      Past(
        id: try row.decode("id", as: Int.self),
        referralID: try row.decode("referral_id", as: Int.self),
        channel: try row.decode("channel", as: String.self),
        outcome: try Self.outcome(try row.decode("outcome", as: String.self)),
        ended: try Self.outcome(try row.decode("ended", as: String.self)),
        facts: try row.decode("facts", as: String?.self),
        erasedFacts: try row.decode("erased_facts", as: [String].self),
        reward: DecisionRepository.money(
          try row.decode("reward_amount", as: Decimal?.self),
          try row.decode("reward_currency", as: String?.self)))
    }
  }

  /// Which of these referrals earned a reward and fell later: the order was refunded or cancelled, or
  /// the reward was taken back. It is what the signal `referrer_fallen_share` counts.
  /// - Throws: `PostgresError`.
  package func fallen(store: StoreID, among referrals: [Int]) async throws -> Set<Int> {
    guard !referrals.isEmpty else { return [] }
    return Set(
      try await session.rows(
        """
        SELECT id FROM referrals
        WHERE store_id = \(store.value) AND id = ANY (\(referrals)) AND state = 'rejected'
          AND EXISTS (
            SELECT FROM rewards
            WHERE rewards.store_id = \(store.value) AND rewards.referral_id = referrals.id)
        """
      ) { row in try row.decode("id", as: Int.self) })
  }

  private static func outcome(_ text: String) throws -> DecisionRepository.Outcome {
    guard let outcome = DecisionRepository.Outcome(rawValue: text) else {
      throw LedgerError.unknownValue("decisions.outcome")
    }
    return outcome
  }
}
