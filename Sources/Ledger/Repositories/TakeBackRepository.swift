package import Domain
package import FoundationEssentials
package import Postgres

/// Decided referrals that are looked at again, and rewards that are taken back.
package struct TakeBackRepository: Sendable {
  /// A decided referral that a worker holds.
  package struct Claim: Sendable {
    /// Its number.
    package let id: Int
    /// The order that it follows.
    package let orderID: String
    /// How many events had named the order when the claim was made.
    package let hints: Int
    /// How many looks at the order have come to an end since its last event, this one included.
    package let checks: Int
    /// Proof that the claim still holds.
    package let epoch: Int
    /// When the order had been changed last, by the store's clock, as it was decided on.
    package let orderUpdatedAt: Date?
    /// What the order had to bring in when its reward was due; `nil` for any amount.
    package let minimumOrder: Money?
  }

  private let session: any PostgresSession

  /// Works on `session`.
  package init(_ session: any PostgresSession) {
    self.session = session
  }

  /// Has the orders of referrals looked at again, because events say that they fell. Orders that
  /// are not followed, or earned nothing, stay as they are. Call it while the referrals are held
  /// (`ReferralRepository.hold`).
  /// - Throws: `PostgresError`.
  package func reconsider(store: StoreID, orders: [String]) async throws {
    try await session.execute(
      """
      UPDATE referrals SET hints = hints + 1, checks = 0, next_check_at = now()
      WHERE store_id = \(store.value) AND order_id = ANY (\(orders))
        AND state IN ('tracked', 'review', 'paid', 'rewarded')
      """)
  }

  /// Claims decided referrals whose order is to be looked at, for `lease`.
  /// - Throws: `PostgresError`.
  package func claimDue(store: StoreID, limit: Int, lease: Duration) async throws -> [Claim] {
    try await session.rows(
      """
      WITH due AS MATERIALIZED (
        SELECT id FROM referrals
        WHERE store_id = \(store.value) AND state IN ('paid', 'rewarded')
          AND next_check_at <= now() AND (lease_until IS NULL OR lease_until < now())
          AND id::text <> ALL ((SELECT taken_keys(\(store.value), 'reconsider'))::text[])
        ORDER BY next_check_at LIMIT \(limit) FOR UPDATE SKIP LOCKED
      )
      UPDATE referrals SET lease_until = now() + \(lease.milliseconds) * interval '1 millisecond',
        epoch = epoch + 1
      FROM due
      WHERE referrals.store_id = \(store.value) AND referrals.id = due.id
      RETURNING referrals.id, order_id, hints, checks + 1 AS checks, epoch, order_updated_at,
        minimum_order, minimum_order_currency
      """
    ) { row in
      Claim(
        id: try row.decode("id", as: Int.self),
        orderID: try row.decode("order_id", as: String.self),
        hints: try row.decode("hints", as: Int.self),
        checks: try row.decode("checks", as: Int.self),
        epoch: try row.decode("epoch", as: Int.self),
        orderUpdatedAt: try row.decode("order_updated_at", as: Date?.self),
        minimumOrder: try Self.minimumOrder(row))
    }
  }

  private static func minimumOrder(_ row: borrowing Row) throws -> Money? {
    guard let amount = try row.decode("minimum_order", as: Decimal?.self) else { return nil }
    let text = try row.decode("minimum_order_currency", as: String?.self)
    guard let currency = text.flatMap(Currency.init) else {
      throw LedgerError.unknownValue("referrals.minimum_order_currency")
    }
    return Money(amount: amount, currency: currency)
  }

  /// Ends a look at a decided referral: for good when `delay` is `nil` and no other event came
  /// meanwhile.
  /// - Throws: `PostgresError`.
  package func putBack(store: StoreID, _ claim: Claim, after delay: Duration?) async throws {
    try await session.execute(
      """
      UPDATE referrals SET lease_until = NULL,
        checks = CASE WHEN hints = \(claim.hints) THEN checks + 1 ELSE checks END,
        next_check_at = CASE WHEN hints = \(claim.hints)
          THEN now() + \(delay?.milliseconds) * interval '1 millisecond' ELSE now() END
      WHERE store_id = \(store.value) AND id = \(claim.id) AND state IN ('paid', 'rewarded')
        AND epoch = \(claim.epoch)
      """)
  }

  /// Takes a referral and its rewards back: of a reward that the store has not been told of
  /// nothing is left to do, every other one is made worthless there. Returns false when the claim
  /// no longer held.
  /// - Throws: `PostgresError`, `LedgerError`; then nothing is written, if this runs in a
  ///   transaction.
  package func takeBack(
    store: StoreID, _ claim: Claim, rule: String, reason: String
  ) async throws -> Bool {
    // Sums, then rewards, then referrals, as in every transaction, so that two cannot deadlock.
    try await BudgetRepository.hold(session, store: store, referral: claim.id)
    let rewards = try await session.rows(
      """
      SELECT id, referral_id, status, first_attempt_at IS NOT NULL AS is_begun FROM rewards
      WHERE store_id = \(store.value) AND referral_id = \(claim.id) ORDER BY id FOR UPDATE
      """, Self.held)
    let holds =
      try await session.execute(
        """
        UPDATE referrals SET state = 'rejected', rule = \(rule), reason = \(reason),
          next_check_at = NULL, lease_until = NULL, updated_at = now()
        WHERE store_id = \(store.value) AND id = \(claim.id) AND state IN ('paid', 'rewarded')
          AND epoch = \(claim.epoch)
        """) == 1
    guard holds else { return false }
    for reward in rewards { try await take(store: store, reward, reason: reason) }
    return true
  }

  /// Takes one reward back because a human says so, or for `rule`, and with the last one that stands
  /// its referral. Gives the state that it is in then; `nil` when there is none in one of `states`.
  /// - Throws: `PostgresError`, `LedgerError`; then nothing is written, if this runs in a
  ///   transaction.
  package func takeBack(
    store: StoreID, reward id: UUID, in states: Set<RewardLife.State>, rule: String = "manual",
    reason: String
  ) async throws -> RewardLife.State? {
    try await BudgetRepository.hold(session, store: store, rewards: [id])
    let held = try await session.first(
      """
      SELECT id, referral_id, status, first_attempt_at IS NOT NULL AS is_begun FROM rewards
      WHERE store_id = \(store.value) AND id = \(id) FOR UPDATE
      """, Self.held)
    guard let held, states.contains(held.state) else { return nil }
    let state = try await take(store: store, held, reason: reason)
    try await leave(store: store, referral: held.referralID, rule: rule, reason: reason)
    return state
  }

  /// Has a referral follow one of its rewards that stands no longer: it is rejected when that was the
  /// last one, and rewarded when the others all exist at the store.
  private func leave(
    store: StoreID, referral: Int, rule: String, reason: String
  ) async throws {
    _ = try await ReferralRepository(session).markRewarded(store: store, referralID: referral)
    try await session.execute(
      """
      UPDATE referrals SET state = 'rejected', rule = \(rule), reason = \(reason),
        next_check_at = NULL, lease_until = NULL, epoch = epoch + 1, updated_at = now()
      WHERE store_id = \(store.value) AND id = \(referral) AND state IN ('paid', 'rewarded')
        AND NOT EXISTS (
          SELECT FROM rewards WHERE rewards.store_id = \(store.value)
            AND rewards.referral_id = \(referral)
            AND rewards.status NOT IN ('rejected', 'revoking', 'revoked'))
      """)
  }

  /// A reward whose row is locked.
  private struct Held: Sendable {
    let id: UUID
    let referralID: Int
    let state: RewardLife.State
  }

  @discardableResult
  private func take(
    store: StoreID, _ reward: Held, reason: String
  ) async throws -> RewardLife.State {
    let next = RewardLife.next(reward.state, .takenBack)
    guard next.state != reward.state else { return next.state }
    let changed = try await session.execute(
      """
      UPDATE rewards SET status = \(next.state.status), take_back_reason = \(reason),
        rejection_reason = \(next.state == .rejected ? reason : nil), attempts = 0,
        next_attempt_at = CASE WHEN \(next.effects.contains(.silence)) THEN now() END,
        -- A tag that is just put on a card saves the whole card, and could undo a deactivation
        -- beside it: such a call is waited for.
        lease_until = CASE WHEN status IN ('pending', 'dead') THEN NULL ELSE lease_until END,
        first_attempt_at = coalesce(
          CASE WHEN \(next.effects.contains(.silence)) THEN now() END, first_attempt_at),
        epoch = epoch + 1, next_look_at = NULL
      WHERE store_id = \(store.value) AND id = \(reward.id) AND status = \(reward.state.status)
      """)
    guard changed == 1 else { throw LedgerError.rowMissing("rewards") }
    return next.state
  }

  @Sendable private static func held(_ row: borrowing Row) throws -> Held {
    let state = RewardLife.State(
      status: try row.decode("status", as: String.self),
      isBegun: try row.decode("is_begun", as: Bool.self))
    guard let state else { throw LedgerError.unknownValue("rewards.status") }
    return Held(
      id: try row.decode("id", as: UUID.self),
      referralID: try row.decode("referral_id", as: Int.self), state: state)
  }

  /// Notes that the code of a claimed reward turned out to have been taken back in an older life of
  /// the ledger, and what had been spent of it; its referral is rejected with the last one. Returns
  /// false when the claim no longer held.
  /// - Throws: `PostgresError`; then nothing is written, if this runs in a transaction.
  package func markFoundRevoked(
    store: StoreID, _ claim: RewardRepository.Claim, shortfall: Decimal?, reason: String
  ) async throws -> Bool {
    try await BudgetRepository.hold(session, store: store, rewards: [claim.id])
    let holds =
      try await session.execute(
        """
        UPDATE rewards SET status = 'revoked', taken_back_at = now(), shortfall = \(shortfall),
          take_back_reason = \(reason), last_error = NULL, next_attempt_at = NULL,
          lease_until = NULL
        WHERE store_id = \(store.value) AND id = \(claim.id) AND status = 'pending'
          AND epoch = \(claim.epoch)
        """) == 1
    guard holds else { return false }
    try await leave(
      store: store, referral: claim.referralID, rule: "taken_back", reason: reason)
    return true
  }

  /// Notes of the rewards of a referral that are a part of what its order brings in by how much they
  /// are more than that part by now: of one that was refunded in part, by what it lost.
  /// - Throws: `PostgresError`.
  package func noteExcess(store: StoreID, referral: Int, spending: Money) async throws {
    let digits = spending.currency.amountDigits
    try await session.execute(
      """
      UPDATE rewards SET excess = now_earned.excess
      FROM (
        SELECT id, greatest(0, amount - round(
          least(\(spending.amount) * earned_percent / 100, earned_cap), \(digits)::int)) AS excess
        FROM rewards
        WHERE store_id = \(store.value) AND referral_id = \(referral)
          AND earned_percent IS NOT NULL AND currency = \(spending.currency.code)
      ) AS now_earned
      WHERE rewards.store_id = \(store.value) AND rewards.id = now_earned.id
        AND rewards.excess IS DISTINCT FROM now_earned.excess
      """)
  }

  /// Notes that a reward is worthless at the store, and what had been spent of it. Returns false
  /// when the claim no longer held.
  /// - Throws: `PostgresError`.
  package func markRevoked(
    store: StoreID, _ claim: RewardRepository.Claim, shortfall: Decimal?
  ) async throws -> Bool {
    // The sum before the reward, with one statement.
    try await session.execute(
      """
      WITH held AS MATERIALIZED (
        SELECT FROM campaign_budgets
        WHERE store_id = \(store.value) AND (campaign_id, currency) IN (
          SELECT campaign_id, currency FROM rewards
          WHERE store_id = \(store.value) AND id = \(claim.id))
        FOR NO KEY UPDATE
      )
      UPDATE rewards SET status = 'revoked', taken_back_at = now(), shortfall = \(shortfall),
        last_error = NULL, next_attempt_at = NULL, lease_until = NULL
      WHERE store_id = \(store.value) AND id = \(claim.id) AND status = 'revoking'
        AND epoch = \(claim.epoch) AND (SELECT count(*) FROM held) >= 0
      """) == 1
  }
}
