package import Domain
package import FoundationEssentials
package import Postgres

/// The cases that somebody has to look at, and what he decides of them.
package struct ReviewRepository: Sendable {
  /// Where a case stands.
  package enum State: String, Sendable, CaseIterable {
    /// It waits for somebody's decision.
    case open
    /// Somebody approved it; a worker carries that out.
    case approved
    /// It is decided.
    case done
  }

  /// Which cases are meant. What is `nil` leaves nothing out.
  package struct Filter: Sendable, Equatable {
    /// The rule that sent them to review; `score` for the score.
    package var rule: String?
    /// The channel of the order.
    package var channel: String?
    /// The referral code of the order.
    package var code: String?
    /// The least score.
    package var minimumScore: Int?
    /// For how many seconds they have been in review at least.
    package var age: Int?
    /// How many at most, 1 to 10,000; those whose time is over first come first.
    package var limit = 50

    /// Every case.
    package init() {}
  }

  /// A case as a human looks at it.
  package struct Case: Sendable, Equatable {
    /// The number of the referral.
    package let id: Int
    /// Where it stands.
    package let state: State
    /// review, paid, rewarded or rejected; tracked when it is decided anew.
    package let referralState: String
    /// The order.
    package let orderID: String
    /// The number that people see.
    package let orderNumber: String
    /// The order's channel.
    package let channel: String?
    /// The referral code of the order.
    package let code: String
    /// The customer whose code it is; `nil` when his code is gone.
    package let referrerUserID: String?
    /// The buyer's id at the store; `nil` for a guest.
    package let buyerUserID: String?
    /// The buyer's address; `nil` when it was erased.
    package let buyerEmail: EmailAddress?
    /// What sent it to review.
    package let rule: String
    /// Its reason.
    package let reason: String
    /// The sum of the weights of the rules that hit and act.
    package let score: Int
    /// What the order brings in.
    package let orderValue: Money?
    /// What is given when the case is approved.
    package let reward: Money?
    /// Since when it is in review.
    package let openedAt: Date
    /// Until when somebody can decide.
    package let until: Date
    /// How many seconds that is from now on; 0 when it is over.
    package let secondsLeft: Int
    /// What somebody decided: approve or reject.
    package let verdict: String?
    /// What he noted.
    package let note: String?
    /// When he did.
    package let reviewedAt: Date?
    /// What settled it since.
    package let settledBy: String?
    /// Why.
    package let settledReason: String?
  }

  /// Where a referral stands.
  package struct Standing: Sendable, Equatable {
    /// Its number.
    package let id: Int
    /// Its order.
    package let orderID: String
    /// tracked, review, paid, rewarded or rejected.
    package let state: String
    /// The rule that refused or waits.
    package let rule: String?
    /// Its reason.
    package let reason: String?
  }

  /// How many a list shows at most.
  package static let maximumLimit = 10_000

  let session: any PostgresSession

  /// Works on `session`.
  package init(_ session: any PostgresSession) {
    self.session = session
  }

  /// The cases of a filter that somebody can still decide on, or that are being carried out; what
  /// has the least time left comes first.
  /// - Throws: `PostgresError`, `LedgerError`.
  package func pending(
    store: StoreID, _ state: State?, _ filter: Filter
  ) async throws -> [Case] {
    try await session.rows(
      """
      SELECT * FROM review_cases
      WHERE store_id = \(store.value) AND referral_state = 'review'
        AND (\(state?.rawValue) IS NULL OR state = \(state?.rawValue))
        AND (\(filter.rule) IS NULL OR rule = \(filter.rule))
        AND (\(filter.channel) IS NULL OR channel = \(filter.channel))
        AND (\(filter.code) IS NULL OR ref_code = \(filter.code))
        AND (\(filter.minimumScore) IS NULL OR score >= \(filter.minimumScore))
        AND (\(filter.age) IS NULL
          OR opened_at <= now() - \(filter.age) * interval '1 second')
      ORDER BY review_until, id LIMIT \(min(filter.limit, Self.maximumLimit))
      """, Self.aCase)
  }

  /// The cases of a filter that are decided, the newest first.
  /// - Throws: `PostgresError`, `LedgerError`.
  package func done(store: StoreID, _ filter: Filter) async throws -> [Case] {
    try await session.rows(
      """
      SELECT * FROM review_cases
      WHERE store_id = \(store.value) AND referral_state <> 'review'
        AND (\(filter.rule) IS NULL OR rule = \(filter.rule))
        AND (\(filter.channel) IS NULL OR channel = \(filter.channel))
        AND (\(filter.code) IS NULL OR ref_code = \(filter.code))
        AND (\(filter.minimumScore) IS NULL OR score >= \(filter.minimumScore))
        AND (\(filter.age) IS NULL
          OR opened_at <= now() - \(filter.age) * interval '1 second')
      ORDER BY updated_at DESC LIMIT \(min(filter.limit, Self.maximumLimit))
      """, Self.aCase)
  }

  /// One case; `nil` when the referral was never in review.
  /// - Throws: `PostgresError`, `LedgerError`.
  package func find(store: StoreID, _ id: Int) async throws -> Case? {
    try await session.first(
      "SELECT * FROM review_cases WHERE store_id = \(store.value) AND id = \(id)", Self.aCase)
  }

  /// A referral by its number, or its order's id; `nil` when there is none.
  /// - Throws: `PostgresError`.
  package func standing(store: StoreID, named name: String) async throws -> Standing? {
    try await session.first(
      """
      SELECT id, order_id, state, rule, reason FROM referrals
      WHERE store_id = \(store.value) AND (id = \(Int(name)) OR order_id = \(name))
      ORDER BY order_id = \(name) DESC LIMIT 1
      """
    ) { row in
      Standing(
        id: try row.decode("id", as: Int.self),
        orderID: try row.decode("order_id", as: String.self),
        state: try row.decode("state", as: String.self),
        rule: try row.decode("rule", as: String?.self),
        reason: try row.decode("reason", as: String?.self))
    }
  }

  /// Has a worker give the reward of an open case, if the order still meets the requirements, and
  /// try one in quarantine again. Returns false when the case is not open. Call it within a
  /// transaction.
  /// - Throws: `PostgresError`.
  package func approve(store: StoreID, _ id: Int, note: String?) async throws -> Bool {
    let isOpen =
      try await session.execute(
        """
        UPDATE referrals SET review_verdict = 'approve', review_note = \(note),
          reviewed_at = now(), next_check_at = now(), checks = 0, lease_until = NULL,
          epoch = epoch + 1, updated_at = now()
        WHERE store_id = \(store.value) AND id = \(id) AND state = 'review'
          AND review_verdict IS NULL
        """) == 1
    guard isOpen else { return false }
    try await session.execute(
      """
      DELETE FROM runs
      WHERE store_id = \(store.value) AND stage = 'decide' AND key = \(id)::bigint::text
        AND quarantined_at IS NOT NULL
      """)
    return true
  }

  /// Decides that an open case gets no reward, writes the decision down, and ends a quarantine of
  /// the case. Returns false when it is not open.
  /// - Parameter rule: how the decision is named.
  /// - Throws: `PostgresError`.
  package func reject(
    store: StoreID, _ id: Int, rule: String, reason: String, note: String?
  ) async throws -> Bool {
    try await session.execute(
      """
      WITH refused AS (
        UPDATE referrals SET state = 'rejected', rule = \(rule), reason = \(reason),
          review_verdict = 'reject', review_note = \(note), reviewed_at = now(),
          decided_at = now(), next_check_at = NULL, lease_until = NULL, epoch = epoch + 1,
          updated_at = now()
        WHERE store_id = \(store.value) AND id = \(id) AND state = 'review'
          AND review_verdict IS NULL
        RETURNING store_id, id
      ), released AS (
        DELETE FROM runs USING refused
        WHERE runs.store_id = \(store.value) AND stage = 'decide' AND key = refused.id::text
          AND quarantined_at IS NOT NULL
      )
      INSERT INTO decisions (
        store_id, referral_id, rules_version, channel, outcome, decided_by, rule, reason,
        order_value, order_currency, reward_amount, reward_currency
      )
      SELECT refused.store_id, refused.id, rules_version, channel, 'reject', 'person', \(rule),
        \(reason), order_value, order_currency, reward_amount, reward_currency
      FROM refused CROSS JOIN LATERAL (
        SELECT * FROM decisions
        WHERE decisions.store_id = refused.store_id AND decisions.referral_id = refused.id
        ORDER BY decisions.id DESC LIMIT 1
      ) AS last
      """) == 1
  }

  @Sendable private static func aCase(_ row: borrowing Row) throws -> Case {
    guard let state = State(rawValue: try row.decode("state", as: String.self)) else {
      throw LedgerError.unknownValue("review_cases.state")
    }
    return Case(
      id: try row.decode("id", as: Int.self), state: state,
      referralState: try row.decode("referral_state", as: String.self),
      orderID: try row.decode("order_id", as: String.self),
      orderNumber: try row.decode("order_number", as: String.self),
      channel: try row.decode("channel", as: String?.self),
      code: try row.decode("ref_code", as: String.self),
      referrerUserID: try row.decode("referrer_user_id", as: String?.self),
      buyerUserID: try row.decode("referred_customer_id", as: String?.self),
      buyerEmail: try row.decode("referred_email", as: String?.self).flatMap(EmailAddress.init),
      rule: try row.decode("rule", as: String.self),
      reason: try row.decode("reason", as: String.self),
      score: try row.decode("score", as: Int.self),
      orderValue: DecisionRepository.money(
        try row.decode("order_value", as: Decimal?.self),
        try row.decode("order_currency", as: String?.self)),
      reward: DecisionRepository.money(
        try row.decode("reward_amount", as: Decimal?.self),
        try row.decode("reward_currency", as: String?.self)),
      openedAt: try row.decode("opened_at", as: Date.self),
      until: try row.decode("review_until", as: Date.self),
      secondsLeft: try row.decode("seconds_left", as: Int.self),
      verdict: try row.decode("review_verdict", as: String?.self),
      note: try row.decode("review_note", as: String?.self),
      reviewedAt: try row.decode("reviewed_at", as: Date?.self),
      settledBy: try row.decode("settled_by", as: String?.self),
      settledReason: try row.decode("settled_reason", as: String?.self))
  }
}
