package import Domain
package import Postgres

/// How much stands in the ledger's queues and how many rewards there are, for monitoring.
package struct GaugeRepository: Sendable {
  /// What a stage has before it.
  package struct Queue: Sendable, Equatable {
    /// The stage's name.
    package let stage: String
    /// How many pieces of work are due or under way.
    package let due: Int
    /// How many wait for a later attempt; `nil` where waiting says nothing of trouble.
    package let later: Int?
    /// For how many whole seconds the oldest has been due; 0 when none is.
    package let oldestAge: Int
  }

  /// Everything at one moment.
  package struct Reading: Sendable, Equatable {
    /// What each stage has before it.
    package let queues: [Queue]
    /// How many rewards there are by status.
    package let rewards: [String: Int]
    /// How many pieces of work of each stage are in quarantine.
    package let quarantined: [String: Int]
    /// How many cases wait for somebody's decision.
    package let openReviews: Int
    /// What the last comparison with the store came to; `nil` before the first.
    package let reconciliation: Comparison?
    /// Whether nothing is issued because the ledger may not be the App's one ledger, or lacks what it
    /// has not found out yet.
    package let isStopped: Bool
    /// How far the reading of the store's past orders has come; `nil` before it has begun.
    package let history: HistoryRepository.Progress?

    /// A ledger without a store.
    package static let empty = Reading(
      queues: [], rewards: [:], quarantined: [:], openReviews: 0, reconciliation: nil,
      isStopped: false, history: nil)

    /// Both together, as one ledger's.
    package static func + (left: Reading, right: Reading) -> Reading {
      let queues = Dictionary((left.queues + right.queues).map { ($0.stage, $0) }) { one, other in
        Queue(
          stage: one.stage, due: one.due + other.due,
          later: one.later.map { $0 + (other.later ?? 0) },
          oldestAge: max(one.oldestAge, other.oldestAge))
      }
      return Reading(
        queues: queues.values.sorted { $0.stage < $1.stage },
        rewards: left.rewards.merging(right.rewards) { $0 + $1 },
        quarantined: left.quarantined.merging(right.quarantined) { $0 + $1 },
        openReviews: left.openReviews + right.openReviews,
        reconciliation: [left.reconciliation, right.reconciliation].compactMap(\.self)
          .reduce(nil, Comparison.together),
        isStopped: left.isStopped || right.isStopped,
        history: [left.history, right.history].compactMap(\.self)
          .reduce(nil, HistoryRepository.Progress.together))
    }
  }

  /// A comparison of the ledger with the store that came to its end.
  package struct Comparison: Sendable, Equatable {
    /// How many differences were left.
    package let differences: Int
    /// How many whole seconds ago it ended.
    package let age: Int

    /// The differences of both, and the age of the older one.
    fileprivate static func together(_ one: Comparison?, _ other: Comparison) -> Comparison {
      Comparison(
        differences: other.differences + (one?.differences ?? 0),
        age: max(other.age, one?.age ?? 0))
    }
  }

  private let session: any PostgresSession

  /// Works on `session`.
  package init(_ session: any PostgresSession) {
    self.session = session
  }

  /// Reads everything.
  /// - Throws: `PostgresError`.
  package func read(store: StoreID, rollout: Rollout) async throws -> Reading {
    Reading(
      queues: try await queues(store: store, rollout: rollout),
      rewards: try await rewards(store: store),
      quarantined: try await quarantined(store: store),
      openReviews: try await openReviews(store: store),
      reconciliation: try await session.first(
        """
        SELECT differences, extract(epoch FROM now() - finished_at)::bigint AS age
        FROM reconcile_runs WHERE store_id = \(store.value) AND finished_at IS NOT NULL
        """
      ) { row in
        Comparison(
          differences: try row.decode("differences", as: Int.self),
          age: try row.decode("age", as: Int.self))
      }, isStopped: try await isStopped(store: store),
      history: try await HistoryRepository(session).progress(store: store))
  }

  /// The queue of each stage. Every count reads the part of an index that holds what is open, never
  /// a whole table; rewards that `rollout` holds back count as nobody's work.
  private func queues(store: StoreID, rollout: Rollout) async throws -> [Queue] {
    let released =
      switch rollout {
      case .off: -1
      case .percent(let percent): percent
      }
    return try await session.rows(
      """
      SELECT stage, due, later,
        -- What is in quarantine is due at the end of time, from which nothing can be subtracted.
        extract(epoch FROM now() - least(oldest, now()))::bigint AS age
      FROM (
        SELECT 'link', (SELECT count(*) FROM inbox_queue WHERE store_id = \(store.value)),
          NULL::bigint, (
            SELECT received_at FROM inbox
            WHERE store_id = \(store.value) AND event_id = (
              SELECT event_id FROM inbox_queue WHERE store_id = \(store.value)
              ORDER BY id LIMIT 1)
          )
        UNION ALL
        SELECT 'decide', count(*) FILTER (WHERE next_check_at <= now()),
          count(*) FILTER (WHERE next_check_at > now() AND state = 'tracked'), min(next_check_at)
        FROM referrals WHERE store_id = \(store.value) AND state IN ('tracked', 'review')
        UNION ALL
        SELECT 'reconsider', count(*) FILTER (WHERE next_check_at <= now()),
          count(*) FILTER (WHERE next_check_at > now()), min(next_check_at)
        FROM referrals
        WHERE store_id = \(store.value) AND state IN ('paid', 'rewarded')
          AND next_check_at IS NOT NULL
        UNION ALL
        SELECT 'issue', count(*) FILTER (WHERE next_attempt_at <= now()),
          count(*) FILTER (WHERE next_attempt_at > now()), min(next_attempt_at)
        FROM rewards
        WHERE store_id = \(store.value) AND status = 'pending' AND release_rank < \(released)
        UNION ALL
        SELECT 'label', count(*) FILTER (WHERE next_attempt_at <= now()),
          count(*) FILTER (WHERE next_attempt_at > now()), min(next_attempt_at)
        FROM rewards
        WHERE store_id = \(store.value) AND status = 'issued' AND next_attempt_at IS NOT NULL
        UNION ALL
        SELECT 'revoke', count(*) FILTER (WHERE next_attempt_at <= now()),
          count(*) FILTER (WHERE next_attempt_at > now()), min(next_attempt_at)
        FROM rewards
        WHERE store_id = \(store.value) AND status = 'revoking' AND next_attempt_at IS NOT NULL
        UNION ALL
        SELECT 'follow', count(*), NULL, min(next_look_at)
        FROM rewards WHERE store_id = \(store.value) AND next_look_at <= now()
        UNION ALL
        SELECT 'announce', count(*) FILTER (WHERE announce_at <= now()),
          count(*) FILTER (WHERE announce_at > now()), min(announce_at)
        FROM referral_codes WHERE store_id = \(store.value) AND announce_at IS NOT NULL
        UNION ALL
        SELECT 'erase', count(*) FILTER (WHERE next_check_at <= now()),
          count(*) FILTER (WHERE next_check_at > now()), min(next_check_at)
        FROM erasures WHERE store_id = \(store.value) AND next_check_at IS NOT NULL
        UNION ALL
        SELECT 'note', count(*) FILTER (WHERE next_attempt_at <= now()),
          count(*) FILTER (WHERE next_attempt_at > now()), min(next_attempt_at)
        FROM notes WHERE store_id = \(store.value) AND next_attempt_at IS NOT NULL
        UNION ALL
        SELECT 'deliver', count(*) FILTER (WHERE next_attempt_at <= now()),
          count(*) FILTER (WHERE next_attempt_at > now()), min(next_attempt_at)
        FROM letters WHERE store_id = \(store.value) AND status = 'waiting'
      ) AS queues (stage, due, later, oldest)
      ORDER BY stage
      """
    ) { row in
      Queue(
        stage: try row.decode("stage", as: String.self), due: try row.decode("due", as: Int.self),
        later: try row.decode("later", as: Int?.self),
        oldestAge: try row.decode("age", as: Int.self))
    }
  }

  private func isStopped(store: StoreID) async throws -> Bool {
    try await session.first(
      """
      SELECT stopped_reason IS NOT NULL OR restoring_since IS NOT NULL AS is_stopped
      FROM ledger_marks WHERE store_id = \(store.value)
      """
    ) { row in try row.decode("is_stopped", as: Bool.self) } ?? false
  }

  /// How many rewards there are in each status; out of the index `rewards_status_created`.
  private func rewards(store: StoreID) async throws -> [String: Int] {
    let counts = try await session.rows(
      """
      SELECT status, count(*) AS count FROM rewards WHERE store_id = \(store.value)
      GROUP BY status
      """
    ) { row in
      (try row.decode("status", as: String.self), try row.decode("count", as: Int.self))
    }
    return Dictionary(counts) { first, _ in first }
  }

  /// The cases without a verdict; out of the index `referrals_in_review`.
  private func openReviews(store: StoreID) async throws -> Int {
    try await session.first(
      """
      SELECT count(*) AS count FROM referrals
      WHERE store_id = \(store.value) AND state = 'review' AND review_verdict IS NULL
      """
    ) { row in try row.decode("count", as: Int.self) } ?? 0
  }

  /// What is in quarantine; `runs` is small.
  private func quarantined(store: StoreID) async throws -> [String: Int] {
    let counts = try await session.rows(
      """
      SELECT stage, count(*) AS count FROM runs
      WHERE store_id = \(store.value) AND quarantined_at IS NOT NULL
      GROUP BY stage
      """
    ) { row in
      (try row.decode("stage", as: String.self), try row.decode("count", as: Int.self))
    }
    return Dictionary(counts) { first, _ in first }
  }
}
