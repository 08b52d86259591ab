package import Domain
package import FoundationEssentials
package import Postgres

/// What the store has of Laurel's promo codes, in a table that only this session sees: a comparison
/// of any size needs no memory here, leaves nothing in the ledger, and ends with the session.
package struct StoreCodeRepository: Sendable {
  /// A promo code as the store showed it.
  package struct Code: Sendable {
    /// What it is.
    package let kind: RewardKind
    /// Its id at the store.
    package let objectID: String
    /// SHA-256 of the code; empty when there is none.
    package let codeHash: [UInt8]
    /// The reward that it names; `nil` when what stands there is no reward's id.
    package let rewardID: UUID?
    /// The order that it names.
    package let orderID: String?
    /// The campaign that it names.
    package let campaignID: String
    /// Whose reward it says that it is; `nil` when what stands there is nobody.
    package let role: RewardIdentity.Role?
    /// The milestone that it names.
    package let milestone: Int?
    /// What it was made with, or what a voucher that takes off percent counts for; `nil` for a voucher
    /// that is listed in no channel.
    package let amount: Decimal?
    /// What a voucher takes off in percent; `nil` when it takes off the amount.
    package let percentOff: Decimal?
    /// The currency of the amounts.
    package let currency: String
    /// What was spent of it.
    package let spent: Decimal
    /// Whether any of it was used.
    package let isUsed: Bool
    /// Whether nobody has switched it off.
    package let isActive: Bool
    /// Whether Laurel switched it off.
    package let isRevoked: Bool
    /// From when on it can no longer be used.
    package let endsAt: Date?

    /// Puts a code together.
    package init(
      kind: RewardKind, objectID: String, codeHash: [UInt8], rewardID: UUID?, orderID: String?,
      campaignID: String, role: RewardIdentity.Role?, milestone: Int?, amount: Decimal?,
      percentOff: Decimal?, currency: String, spent: Decimal, isUsed: Bool, isActive: Bool,
      isRevoked: Bool, endsAt: Date?
    ) {
      self.kind = kind
      self.objectID = objectID
      self.codeHash = codeHash
      self.rewardID = rewardID
      self.orderID = orderID
      self.campaignID = campaignID
      self.role = role
      self.milestone = milestone
      self.amount = amount
      self.percentOff = percentOff
      self.currency = currency
      self.spent = spent
      self.isUsed = isUsed
      self.isActive = isActive
      self.isRevoked = isRevoked
      self.endsAt = endsAt
    }
  }

  /// A reward whose promo code was not among those that the store listed.
  package struct Missing: Sendable {
    /// The reward.
    package let rewardID: UUID
    /// What it is at the store.
    package let kind: RewardKind
    /// Its id there.
    package let objectID: String
  }

  private let session: any PostgresSession

  /// Works on one session, not on a pool.
  package init(_ session: Connection) {
    self.session = session
  }

  /// Makes the table, empty. Gives the database's time: what the ledger writes from now on is later
  /// than what the store is about to show.
  /// - Throws: `PostgresError`.
  package func begin() async throws -> Date {
    try await session.execute(
      """
      CREATE TEMPORARY TABLE store_codes (
        kind text, object_id text, code_hash bytea, reward_id uuid, order_id text,
        campaign_id text, role text, milestone bigint, amount numeric, percent_off numeric,
        currency text, spent numeric, is_used boolean, is_active boolean, is_revoked boolean,
        ends_at timestamptz, PRIMARY KEY (object_id)
      )
      """)
    try await session.execute("CREATE INDEX store_codes_reward ON store_codes (reward_id)")
    try await session.execute("CREATE INDEX store_codes_order ON store_codes (order_id)")
    let now = try await session.first("SELECT clock_timestamp() AS now") { row in
      try row.decode("now", as: Date.self)
    }
    guard let now else { throw LedgerError.rowMissing("store_codes") }
    return now
  }

  /// Adds codes. One that came before is shown as it came last.
  /// - Throws: `PostgresError`.
  package func add(_ codes: [Code]) async throws {
    try await session.execute(
      """
      INSERT INTO store_codes
      SELECT DISTINCT ON (object_id) * FROM unnest(
        \(codes.map(\.kind.rawValue)), \(codes.map(\.objectID)), \(codes.map(\.codeHash)),
        \(codes.map(\.rewardID)), \(codes.map(\.orderID)), \(codes.map(\.campaignID)),
        \(codes.map { $0.role?.rawValue }), \(codes.map(\.milestone)), \(codes.map(\.amount)),
        \(codes.map(\.percentOff)), \(codes.map(\.currency)), \(codes.map(\.spent)), \(codes.map(\.isUsed)),
        \(codes.map(\.isActive)), \(codes.map(\.isRevoked)), \(codes.map(\.endsAt))
      ) AS code (kind, object_id)
      ON CONFLICT (object_id) DO UPDATE SET reward_id = excluded.reward_id, spent = excluded.spent,
        is_used = excluded.is_used, is_active = excluded.is_active,
        is_revoked = excluded.is_revoked
      """)
  }

  /// Has the database count the table, for the plans of what follows, and gives how many codes
  /// there are.
  /// - Throws: `PostgresError`.
  package func finish() async throws -> Int {
    try await session.execute("ANALYZE store_codes")
    return try await session.first("SELECT count(*) AS count FROM store_codes") { row in
      try row.decode("count", as: Int.self)
    } ?? 0
  }

  /// The codes whose reward the ledger does not know, by the reward's id from `last` on. Of several of
  /// one order the first only: `others` gives the rest.
  /// - Throws: `PostgresError`, `LedgerError`.
  package func unknown(store: StoreID, after last: UUID?, limit: Int) async throws -> [Code] {
    try await session.rows(
      """
      SELECT DISTINCT ON (reward_id) * FROM store_codes
      WHERE reward_id IS NOT NULL AND (\(last)::uuid IS NULL OR reward_id > \(last))
        AND NOT EXISTS (
          SELECT FROM rewards WHERE store_id = \(store.value) AND id = store_codes.reward_id)
        AND NOT EXISTS (
          SELECT FROM store_codes AS before
          WHERE before.order_id = store_codes.order_id AND before.reward_id < store_codes.reward_id
            AND NOT EXISTS (
              SELECT FROM rewards WHERE store_id = \(store.value) AND id = before.reward_id))
      ORDER BY reward_id, is_active DESC, object_id LIMIT \(limit)
      """, Self.code)
  }

  /// The other codes of the orders of `codes` whose reward the ledger does not know.
  /// - Throws: `PostgresError`, `LedgerError`.
  package func others(store: StoreID, of codes: [Code]) async throws -> [Code] {
    try await session.rows(
      """
      SELECT DISTINCT ON (reward_id) * FROM store_codes
      WHERE order_id = ANY (\(codes.compactMap(\.orderID)))
        AND reward_id <> ALL (\(codes.compactMap(\.rewardID)))
        AND NOT EXISTS (
          SELECT FROM rewards WHERE store_id = \(store.value) AND id = store_codes.reward_id)
      ORDER BY reward_id, is_active DESC, object_id
      """, Self.code)
  }

  @Sendable private static func code(_ row: borrowing Row) throws -> Code {
    guard let kind = RewardKind(rawValue: try row.decode("kind", as: String.self)) else {
      throw LedgerError.unknownValue("store_codes.kind")
    }
    return Code(
      kind: kind, objectID: try row.decode("object_id", as: String.self),
      codeHash: try row.decode("code_hash", as: [UInt8].self),
      rewardID: try row.decode("reward_id", as: UUID?.self),
      orderID: try row.decode("order_id", as: String?.self),
      campaignID: try row.decode("campaign_id", as: String.self),
      role: try row.decode("role", as: String?.self).flatMap(RewardIdentity.Role.init),
      milestone: try row.decode("milestone", as: Int?.self),
      amount: try row.decode("amount", as: Decimal?.self),
      percentOff: try row.decode("percent_off", as: Decimal?.self),
      currency: try row.decode("currency", as: String.self),
      spent: try row.decode("spent", as: Decimal.self),
      isUsed: try row.decode("is_used", as: Bool.self),
      isActive: try row.decode("is_active", as: Bool.self),
      isRevoked: try row.decode("is_revoked", as: Bool.self),
      endsAt: try row.decode("ends_at", as: Date?.self))
  }

  /// Rewards that were issued before `begun`, and whose code is not in the table, by their id from
  /// `last` on.
  /// - Throws: `PostgresError`, `LedgerError`.
  package func missing(
    store: StoreID, begun: Date, after last: UUID?, limit: Int
  ) async throws -> [Missing] {
    try await session.rows(
      """
      SELECT id, type, coalesce(gift_card_id, voucher_id) AS object_id FROM rewards
      WHERE store_id = \(store.value) AND status IN ('issued', 'delivered', 'used')
        AND issued_at < \(begun) AND (\(last)::uuid IS NULL OR id > \(last))
        AND NOT EXISTS (
          SELECT FROM store_codes
          WHERE object_id = coalesce(rewards.gift_card_id, rewards.voucher_id))
      ORDER BY id LIMIT \(limit)
      """
    ) { row in
      guard let kind = RewardKind(rawValue: try row.decode("type", as: String.self)) else {
        throw LedgerError.unknownValue("rewards.type")
      }
      return Missing(
        rewardID: try row.decode("id", as: UUID.self), kind: kind,
        objectID: try row.decode("object_id", as: String.self))
    }
  }

  /// Releases rewards to the work that were given up, or that wait for approval, although the store
  /// has their code: nothing new is paid by taking it over. Gives how many.
  /// - Throws: `PostgresError`.
  package func release(store: StoreID, rollout: Rollout) async throws -> Int {
    let released =
      switch rollout {
      case .off: 0
      case .percent(let percent): percent
      }
    return try await session.execute(
      """
      UPDATE rewards SET status = 'pending', attempts = 0, next_attempt_at = now(),
        first_attempt_at = now(), lease_until = NULL, epoch = epoch + 1,
        approved_at = coalesce(approved_at, now()),
        approval_note = coalesce(approval_note, 'the store has its code')
      FROM store_codes
      WHERE store_id = \(store.value) AND id = store_codes.reward_id
        AND coalesce(store_codes.amount, store_codes.percent_off) IS NOT NULL
        AND (status = 'dead' OR status = 'pending' AND approved_at IS NULL
          AND release_rank >= \(released) AND (lease_until IS NULL OR lease_until < now()))
      """)
  }
}
