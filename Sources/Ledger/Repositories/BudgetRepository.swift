package import Domain
package import FoundationEssentials
package import Postgres

/// What campaigns with a budget have given. A trigger on `rewards` keeps the sums.
package struct BudgetRepository: Sendable {
  /// One sum: a campaign's, in one currency.
  package struct Key: Sendable, Hashable, Comparable {
    /// The campaign.
    package let campaignID: String
    /// The currency.
    package let currency: Currency

    /// Names a sum.
    package init(campaignID: String, currency: Currency) {
      self.campaignID = campaignID
      self.currency = currency
    }

    /// In the sequence in which the rows are locked.
    package static func < (left: Key, right: Key) -> Bool {
      (left.campaignID, left.currency.code) < (right.campaignID, right.currency.code)
    }
  }

  private let pool: Pool

  /// Works on `pool`.
  package init(_ pool: Pool) {
    self.pool = pool
  }

  /// Begins sums that there are not yet, with what the ledger's rewards come to. While they are
  /// added up, nobody can write a reward: one that another transaction is about to commit would be
  /// in neither the sum nor, as it saw no row to add to, the row. Call it outside of a transaction.
  /// Of 1,000,000 rewards it reads all, once for each budget: 0.7 seconds as it was measured on two
  /// busy cores, which no index has to shorten.
  /// - Throws: `PostgresError`.
  package func begin(store: StoreID, _ keys: Set<Key>) async throws {
    let keys = keys.sorted()
    try await pool.transaction { session in
      try await session.execute("LOCK TABLE rewards IN SHARE MODE")
      try await session.execute(
        """
        INSERT INTO campaign_budgets (store_id, campaign_id, currency, given)
        SELECT \(store.value), named.campaign_id, named.currency, coalesce((
          SELECT sum(reward_cost(status, amount, shortfall, is_tombstone)) FROM rewards
          WHERE rewards.store_id = \(store.value) AND rewards.campaign_id = named.campaign_id
            AND rewards.currency = named.currency), 0)
        FROM unnest(\(keys.map(\.campaignID)), \(keys.map(\.currency.code)))
          AS named (campaign_id, currency)
        ON CONFLICT DO NOTHING
        """)
    }
  }

  /// What was given, of those sums that have begun; nobody else can add to them, or take from them,
  /// until the transaction of `session` ends. Hold the code first, and rewards and referrals after.
  /// - Throws: `PostgresError`, `LedgerError`.
  package static func hold(
    _ session: any PostgresSession, store: StoreID, _ keys: Set<Key>
  ) async throws -> [Key: Decimal] {
    // Before the rows: whoever begins a sum (`begin`) must not come between them and the rewards
    // that this transaction writes.
    try await session.execute("LOCK TABLE rewards IN ROW EXCLUSIVE MODE")
    let keys = keys.sorted()
    let rows = try await session.rows(
      """
      SELECT campaign_id, currency, given FROM campaign_budgets
      WHERE store_id = \(store.value) AND (campaign_id, currency) IN (
        SELECT * FROM unnest(\(keys.map(\.campaignID)), \(keys.map(\.currency.code))))
      ORDER BY campaign_id COLLATE "C", currency COLLATE "C" FOR NO KEY UPDATE
      """, sum)
    return Dictionary(rows) { first, _ in first }
  }

  /// Holds the sums that these rewards count into until the transaction ends. Whoever is about to
  /// take rewards back, which changes what they cost, calls it before he holds any of them, or a
  /// referral: every transaction takes codes, then sums, then rewards, then referrals, so that two
  /// cannot deadlock.
  /// - Throws: `PostgresError`.
  package static func hold(
    _ session: any PostgresSession, store: StoreID, rewards: [UUID]
  ) async throws {
    try await session.execute("LOCK TABLE rewards IN ROW EXCLUSIVE MODE")
    try await session.execute(
      """
      SELECT FROM campaign_budgets
      WHERE store_id = \(store.value) AND (campaign_id, currency) IN (
        SELECT campaign_id, currency FROM rewards
        WHERE store_id = \(store.value) AND id = ANY (\(rewards)))
      ORDER BY campaign_id COLLATE "C", currency COLLATE "C" FOR NO KEY UPDATE
      """)
  }

  /// Holds the sums that the rewards of a referral count into, in the same way.
  /// - Throws: `PostgresError`.
  package static func hold(
    _ session: any PostgresSession, store: StoreID, referral: Int
  ) async throws {
    try await session.execute("LOCK TABLE rewards IN ROW EXCLUSIVE MODE")
    try await session.execute(
      """
      SELECT FROM campaign_budgets
      WHERE store_id = \(store.value) AND (campaign_id, currency) IN (
        SELECT campaign_id, currency FROM rewards
        WHERE store_id = \(store.value) AND referral_id = \(referral))
      ORDER BY campaign_id COLLATE "C", currency COLLATE "C" FOR NO KEY UPDATE
      """)
  }

  /// Holds all sums of campaigns in the same way, before rewards of theirs are written.
  /// - Throws: `PostgresError`.
  package static func hold(
    _ session: any PostgresSession, store: StoreID, campaigns: Set<String>
  ) async throws {
    try await session.execute("LOCK TABLE rewards IN ROW EXCLUSIVE MODE")
    try await session.execute(
      """
      SELECT FROM campaign_budgets
      WHERE store_id = \(store.value) AND campaign_id = ANY (\(campaigns.sorted()))
      ORDER BY campaign_id COLLATE "C", currency COLLATE "C" FOR NO KEY UPDATE
      """)
  }

  /// What was given by now, also of sums that have not begun.
  /// - Throws: `PostgresError`, `LedgerError`.
  package static func given(
    _ session: any PostgresSession, store: StoreID, _ keys: Set<Key>
  ) async throws -> [Key: Decimal] {
    let keys = keys.sorted()
    let rows = try await session.rows(
      """
      SELECT named.campaign_id, named.currency, coalesce(given, (
        SELECT sum(reward_cost(status, amount, shortfall, is_tombstone)) FROM rewards
        WHERE rewards.store_id = \(store.value) AND rewards.campaign_id = named.campaign_id
          AND rewards.currency = named.currency), 0) AS given
      FROM unnest(\(keys.map(\.campaignID)), \(keys.map(\.currency.code)))
        AS named (campaign_id, currency)
      LEFT JOIN campaign_budgets AS budgets ON budgets.store_id = \(store.value)
        AND budgets.campaign_id = named.campaign_id AND budgets.currency = named.currency
      """, sum)
    return Dictionary(rows) { first, _ in first }
  }

  @Sendable private static func sum(_ row: borrowing Row) throws -> (Key, Decimal) {
    guard let currency = Currency(try row.decode("currency", as: String.self)) else {
      throw LedgerError.unknownValue("campaign_budgets.currency")
    }
    return (
      Key(campaignID: try row.decode("campaign_id", as: String.self), currency: currency),
      try row.decode("given", as: Decimal.self)
    )
  }
}
