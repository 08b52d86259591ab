package import Domain
package import FoundationEssentials
package import Postgres

/// What becomes of issued rewards at the store: when they are looked at, and what was seen.
///
/// Looking changes nothing at the store, so that no lease is needed: a claim moves the next look,
/// and every change holds only while the reward is issued or delivered.
package struct LookRepository: Sendable {
  /// A reward that a worker looks at.
  package struct Claim: Sendable {
    /// Its id.
    package let id: UUID
    /// What it is at the store.
    package let promoCode: PromoCode
    /// How many looks have come to an end since the last event that named it, this one included.
    package let looks: Int
    /// Proof that no event has named it since, and nobody else looks at it.
    package let epoch: Int
    /// What went wrong last.
    package let lastError: String?
    /// Whether it was issued only just now, so that a replica may not have it yet.
    package let isFresh: Bool
  }

  /// What a reward is at the store, with its id there.
  package enum PromoCode: Sendable, Equatable {
    case giftCard(String)
    case voucher(String)
  }

  private let session: any PostgresSession

  /// Works on `session`.
  package init(_ session: any PostgresSession) {
    self.session = session
  }

  /// Has the rewards looked at next that are these gift cards and vouchers and were not used so
  /// far; gives those that there are.
  /// - Throws: `PostgresError`.
  package func name(store: StoreID, _ ids: [String]) async throws -> Set<String> {
    guard !ids.isEmpty else { return [] }
    // In one sequence everywhere, so that two workers cannot deadlock.
    return Set(
      try await session.rows(
        """
        WITH named AS MATERIALIZED (
          SELECT id FROM rewards
          WHERE store_id = \(store.value)
            AND (gift_card_id = ANY (\(ids)) OR voucher_id = ANY (\(ids)))
            AND status IN ('issued', 'delivered')
          ORDER BY id FOR UPDATE
        )
        UPDATE rewards SET next_look_at = now(), looks = 0, look_epoch = look_epoch + 1
        FROM named
        WHERE rewards.store_id = \(store.value) AND rewards.id = named.id
        RETURNING coalesce(gift_card_id, voucher_id) AS promo_code_id
        """
      ) { row in try row.decode("promo_code_id", as: String.self) })
  }

  /// Takes rewards to look at that are due; they are due again after `lease`, should nothing come
  /// of it.
  /// - Throws: `PostgresError`.
  package func claimDue(store: StoreID, limit: Int, lease: Duration) async throws -> [Claim] {
    try await session.rows(
      """
      WITH due AS MATERIALIZED (
        SELECT id FROM rewards
        WHERE store_id = \(store.value) AND next_look_at <= now()
          AND status IN ('issued', 'delivered')
          AND id::text <> ALL ((SELECT taken_keys(\(store.value), 'follow'))::text[])
        ORDER BY next_look_at LIMIT \(limit) FOR UPDATE SKIP LOCKED
      )
      UPDATE rewards SET look_epoch = look_epoch + 1,
        next_look_at = now() + \(lease.milliseconds) * interval '1 millisecond'
      FROM due
      WHERE rewards.store_id = \(store.value) AND rewards.id = due.id
      RETURNING rewards.id, gift_card_id, voucher_id, looks + 1 AS looks, look_epoch, last_error,
        issued_at > now() - interval '10 minutes' AS is_fresh
      """
    ) { row in
      let card = try row.decode("gift_card_id", as: String?.self)
      let voucher = try row.decode("voucher_id", as: String?.self)
      guard let promoCode = card.map(PromoCode.giftCard) ?? voucher.map(PromoCode.voucher) else {
        throw LedgerError.rowMissing("rewards.gift_card_id")
      }
      return Claim(
        id: try row.decode("id", as: UUID.self), promoCode: promoCode,
        looks: try row.decode("looks", as: Int.self),
        epoch: try row.decode("look_epoch", as: Int.self),
        lastError: try row.decode("last_error", as: String?.self),
        isFresh: try row.decode("is_fresh", as: Bool?.self) ?? false)
    }
  }

  // A claim of another stage ends with the reward: there is nothing left to put on it or to send.

  /// Notes that a reward was used. Returns false when it was no longer issued or delivered.
  /// - Throws: `PostgresError`.
  package func markUsed(store: StoreID, _ claim: Claim, spent: Decimal?) async throws -> Bool {
    try await session.execute(
      """
      UPDATE rewards SET status = 'used', spent_amount = \(spent), last_look_at = now(),
        next_look_at = NULL, next_attempt_at = NULL, epoch = epoch + 1
      WHERE store_id = \(store.value) AND id = \(claim.id) AND status IN ('issued', 'delivered')
      """) == 1
  }

  /// Notes that a reward ended unused at `endsAt`, if that is past by the database's clock. Returns
  /// false when it is not, or when the reward was no longer issued or delivered.
  /// - Throws: `PostgresError`.
  package func markExpired(store: StoreID, _ claim: Claim, endsAt: Date) async throws -> Bool {
    try await session.execute(
      """
      UPDATE rewards SET status = 'expired', last_look_at = now(), next_look_at = NULL,
        next_attempt_at = NULL, epoch = epoch + 1,
        expires_on = ((\(endsAt) - interval '1 second') AT TIME ZONE 'UTC')::date
      WHERE store_id = \(store.value) AND id = \(claim.id) AND status IN ('issued', 'delivered')
        AND \(endsAt) <= now()
      """) == 1
  }

  /// Has a reward that was not used looked at again after `delay`, and right after it ends; at once
  /// when an event named it meanwhile.
  ///
  /// - Parameters:
  ///   - endsAt: from when on it cannot be used, as the store has it.
  ///   - error: what is wrong with it at the store; it takes the place of what the claim saw.
  /// - Throws: `PostgresError`.
  package func lookAgain(
    store: StoreID, _ claim: Claim, after delay: Duration, endsAt: Date?, error: String?
  ) async throws {
    try await session.execute(
      """
      UPDATE rewards SET last_look_at = now(),
        spent_amount = CASE WHEN gift_card_id IS NULL THEN NULL ELSE 0 END,
        expires_on = ((\(endsAt) - interval '1 second') AT TIME ZONE 'UTC')::date,
        last_error = CASE WHEN last_error IS NOT DISTINCT FROM \(claim.lastError)
          THEN \(error) ELSE last_error END,
        looks = CASE WHEN look_epoch = \(claim.epoch) THEN looks + 1 ELSE looks END,
        next_look_at = CASE WHEN look_epoch = \(claim.epoch) THEN
          least(now() + \(delay.milliseconds) * interval '1 millisecond', \(endsAt))
          ELSE next_look_at END
      WHERE store_id = \(store.value) AND id = \(claim.id) AND status IN ('issued', 'delivered')
      """)
  }

  /// Has a reward looked at again after `delay` that could not be looked at now; at once when an
  /// event named it meanwhile. `error` takes the place of what the claim saw.
  /// - Throws: `PostgresError`.
  package func putBack(
    store: StoreID, _ claim: Claim, after delay: Duration, error: String?
  ) async throws {
    try await session.execute(
      """
      UPDATE rewards SET
        last_error = CASE WHEN last_error IS NOT DISTINCT FROM \(claim.lastError)
          THEN \(error) ELSE last_error END,
        looks = looks + 1,
        next_look_at = now() + \(delay.milliseconds) * interval '1 millisecond'
      WHERE store_id = \(store.value) AND id = \(claim.id) AND status IN ('issued', 'delivered')
        AND look_epoch = \(claim.epoch)
      """)
  }
}
