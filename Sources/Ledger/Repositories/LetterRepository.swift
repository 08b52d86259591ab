package import Domain
package import FoundationEssentials
package import Postgres

/// The outbox: the letters in which rewards reach their owners, at most one of each kind for each
/// reward.
package struct LetterRepository: Sendable {
  /// What a letter is for.
  package enum Kind: String, Sendable {
    /// It tells the owner the code.
    case reward
    /// It tells him once more, before the last day on which it can be used.
    case reminder
  }

  /// Why a letter is not tried any more although it was not sent.
  package enum Ending: String, Sendable {
    /// The recipient's mail server does not take it.
    case bounced
    /// It cannot be sent; `last_error` says what the shopkeeper can do.
    case failed
  }

  /// A letter that a worker holds.
  package struct Claim: Sendable {
    /// The reward whose code stands in it.
    package let rewardID: UUID
    /// What it is for.
    package let letter: Kind
    /// What tells it from all other letters of the store.
    package let key: String
    /// What the reward's code is derived from.
    package let identity: RewardIdentity
    /// The key from which the code is derived.
    package let codeKeyID: String
    /// What the reward is at the store.
    package let kind: RewardKind
    /// How much it is worth.
    package let money: Money
    /// The last day on which it can be used, in UTC, such as `2027-01-31`; `nil` for ever.
    package let expiresOn: String?
    /// The subtotal from which a voucher counts, in the currency of `money`; `nil` for any.
    package let minimumSpend: Decimal?
    /// What a voucher takes off in percent; `nil` when it takes off `money`.
    package let percentOff: Decimal?
    /// Whether a voucher counts on the goods of some categories only.
    package let isOnSelectedGoods: Bool
    /// For which of the referrer's orders the reward is; `nil` when it is not for a number of them.
    package let milestone: Int?
    /// The card at the store; `nil` for a voucher.
    package let giftCardID: String?
    /// Where the reward stands now.
    package let rewardStatus: String
    /// Whether the last day on which it can be used has come.
    package let isLastDay: Bool
    /// The customer who is to have it: who shared the code, or who bought with it. `nil` for a guest,
    /// and when the code is gone.
    package let recipientUserID: String?
    /// His address; `nil` when it is erased, or the code gone.
    package let recipient: EmailAddress?
    /// How many attempts have come to an end, this one included.
    package let attempts: Int
    /// How often it was handed over without a word that it went out.
    package let unconfirmed: Int
    /// Whether it has been tried for longer than a mail is (RFC 5321, section 4.5.4.1).
    package let isOverdue: Bool
    /// Proof that the claim still holds.
    package let epoch: Int
  }

  /// Where a letter stands.
  package struct Standing: Sendable, Equatable {
    /// waiting, sent, bounced or failed.
    package let status: String
    /// How often it has been tried.
    package let attempts: Int
    /// Why the last attempt failed.
    package let lastError: String?
  }

  /// How long a recipient's mail server may say "later": four to five days (RFC 5321, section
  /// 4.5.4.1).
  package static let patience = "5 days"

  /// Why a letter ends whose recipient is not known any more.
  package static let addresseeIsGone =
    "nobody is left to write to: the account was deleted, or the code"
  /// How letters say that their recipient is gone, whoever noticed it.
  static let lossesOfAddress = [addresseeIsGone, ErasureRepository.reason]

  let session: any PostgresSession

  /// Works on `session`.
  package init(_ session: any PostgresSession) {
    self.session = session
  }

  /// Puts the letter with the code of a reward into the outbox; one that is there already is left alone.
  /// - Throws: `PostgresError`.
  package func insert(store: StoreID, rewardID: UUID) async throws {
    try await session.execute(
      """
      INSERT INTO letters (store_id, reward_id, kind)
      VALUES (\(store.value), \(rewardID), \(Kind.reward.rawValue))
      ON CONFLICT (store_id, reward_id, kind) DO NOTHING
      """)
  }

  /// Claims letters that are due, for `lease`. A letter waits for the first attempt to label its
  /// reward, and while one is under way.
  /// - Throws: `PostgresError`, `LedgerError`.
  package func claimDue(store: StoreID, limit: Int, lease: Duration) async throws -> [Claim] {
    try await session.rows(
      """
      WITH due AS MATERIALIZED (
        SELECT reward_id, kind FROM letters
        WHERE store_id = \(store.value) AND status = 'waiting' AND next_attempt_at <= now()
          AND (lease_until IS NULL OR lease_until < now())
          AND letter_key(reward_id, kind)
            <> ALL ((SELECT taken_keys(\(store.value), 'deliver'))::text[])
          AND NOT EXISTS (
            SELECT FROM rewards
            WHERE rewards.store_id = letters.store_id AND rewards.id = letters.reward_id
              AND rewards.status = 'issued' AND rewards.next_attempt_at IS NOT NULL
              AND (rewards.attempts = 0 OR rewards.lease_until > now()))
          AND reward_id::text <> ALL ((SELECT taken_keys(\(store.value), 'label'))::text[])
        ORDER BY next_attempt_at LIMIT \(limit) FOR UPDATE SKIP LOCKED
      ), held AS (
        UPDATE letters SET lease_until = now() + \(lease.milliseconds) * interval '1 millisecond',
          epoch = letters.epoch + 1
        FROM due
        WHERE letters.store_id = \(store.value) AND letters.reward_id = due.reward_id
          AND letters.kind = due.kind
        RETURNING letters.*
      )
      SELECT held.reward_id, held.kind, letter_key(held.reward_id, held.kind) AS key,
        stores.address, rewards.order_id, rewards.campaign_id, role, version, type, amount,
        currency, expires_on::text, minimum_spend, percent_off, milestone,
        voucher_categories <> '{}' AS is_on_selected_goods, code_key_id, gift_card_id,
        rewards.status AS reward_status,
        coalesce(expires_on <= (now() AT TIME ZONE 'UTC')::date, false) AS is_last_day,
        CASE role WHEN 'friend' THEN referred_customer_id ELSE referrer_user_id END
          AS recipient_user_id,
        CASE role WHEN 'friend' THEN referred_email
          ELSE nullif(referrer_email, \(ErasureRepository.noAddress)) END AS recipient,
        held.attempts + 1 AS attempts, held.unconfirmed, held.epoch,
        held.created_at < now() - \(Self.patience)::interval AS is_overdue
      FROM held
      JOIN stores ON stores.id = held.store_id
      JOIN rewards ON rewards.store_id = held.store_id AND rewards.id = held.reward_id
      JOIN referrals ON referrals.store_id = held.store_id AND referrals.id = rewards.referral_id
      LEFT JOIN referral_codes ON referral_codes.store_id = held.store_id
        AND referral_codes.code = referrals.ref_code
      """, Self.claim)
  }

  /// Notes that a letter went out. Returns false when the claim no longer held.
  /// - Throws: `PostgresError`.
  package func markSent(store: StoreID, _ claim: Claim) async throws -> Bool {
    try await session.execute(
      """
      UPDATE letters SET status = 'sent', sent_at = now(), next_attempt_at = NULL,
        lease_until = NULL, last_error = NULL, attempts = attempts + 1
      WHERE store_id = \(store.value) AND reward_id = \(claim.rewardID)
        AND kind = \(claim.letter.rawValue) AND status = 'waiting' AND epoch = \(claim.epoch)
      """) == 1
  }

  /// Notes that a letter will not go out, and why.
  /// - Throws: `PostgresError`.
  package func end(
    store: StoreID, _ claim: Claim, as ending: Ending, error: String
  ) async throws {
    try await session.execute(
      """
      UPDATE letters SET status = \(ending.rawValue), next_attempt_at = NULL, lease_until = NULL,
        last_error = \(error), attempts = attempts + 1
      WHERE store_id = \(store.value) AND reward_id = \(claim.rewardID)
        AND kind = \(claim.letter.rawValue) AND status = 'waiting' AND epoch = \(claim.epoch)
      """)
  }

  /// Puts a claimed letter back for a later attempt.
  /// - Parameter mayHaveGoneOut: whether it was handed over, and only the word of it is missing.
  /// - Throws: `PostgresError`.
  package func putBack(
    store: StoreID, _ claim: Claim, after delay: Duration, mayHaveGoneOut: Bool, error: String
  ) async throws {
    try await session.execute(
      """
      UPDATE letters SET lease_until = NULL, last_error = \(error), attempts = attempts + 1,
        unconfirmed = unconfirmed + \(mayHaveGoneOut ? 1 : 0),
        next_attempt_at = now() + \(delay.milliseconds) * interval '1 millisecond'
      WHERE store_id = \(store.value) AND reward_id = \(claim.rewardID)
        AND kind = \(claim.letter.rawValue) AND status = 'waiting' AND epoch = \(claim.epoch)
      """)
  }

  /// Where a letter of a reward stands; `nil` when the reward has none of this kind.
  /// - Throws: `PostgresError`.
  package func find(
    store: StoreID, rewardID: UUID, _ kind: Kind = .reward
  ) async throws -> Standing? {
    try await session.first(
      """
      SELECT status, attempts, last_error FROM letters
      WHERE store_id = \(store.value) AND reward_id = \(rewardID) AND kind = \(kind.rawValue)
      """
    ) { row in
      Standing(
        status: try row.decode("status", as: String.self),
        attempts: try row.decode("attempts", as: Int.self),
        lastError: try row.decode("last_error", as: String?.self))
    }
  }

  @Sendable private static func claim(_ row: borrowing Row) throws -> Claim {
    let terms = try RewardTerms(row)
    guard let letter = Kind(rawValue: try row.decode("kind", as: String.self)) else {
      throw LedgerError.unknownValue("letters.kind")
    }
    return Claim(
      rewardID: try row.decode("reward_id", as: UUID.self), letter: letter,
      key: try row.decode("key", as: String.self),
      identity: terms.identity, codeKeyID: terms.codeKeyID, kind: terms.kind,
      money: terms.money, expiresOn: terms.expiresOn, minimumSpend: terms.minimumSpend,
      percentOff: try row.decode("percent_off", as: Decimal?.self),
      isOnSelectedGoods: try row.decode("is_on_selected_goods", as: Bool.self),
      milestone: try row.decode("milestone", as: Int?.self), giftCardID: terms.giftCardID,
      rewardStatus: try row.decode("reward_status", as: String.self),
      isLastDay: try row.decode("is_last_day", as: Bool.self),
      recipientUserID: try row.decode("recipient_user_id", as: String?.self),
      recipient: try row.decode("recipient", as: String?.self).flatMap(EmailAddress.init),
      attempts: try row.decode("attempts", as: Int.self),
      unconfirmed: try row.decode("unconfirmed", as: Int.self),
      isOverdue: try row.decode("is_overdue", as: Bool.self),
      epoch: try row.decode("epoch", as: Int.self))
  }
}
