import Domain
import FoundationEssentials
import Ledger
import Postgres
import Testing

/// What campaigns ask of the ledger when it is large: by indexes only.
@Suite struct CampaignPlanTests {
  /// 20,000 orders in two campaigns, every tenth with one code, each with two rewards.
  private static let history: [Query] = [
    """
    INSERT INTO referrals (store_id, order_id, ref_code, state, referred_customer_id, reason,
      next_check_at, decided_at, campaign_id)
    SELECT 1, 'o' || number,
      CASE WHEN number % 10 = 0 THEN 'CODE1' ELSE 'CODE' || 2 + number % 2000 END,
      CASE WHEN number % 3 = 0 THEN 'rejected' ELSE 'rewarded' END, 'c' || number, 'test', NULL,
      now() - number * interval '1 minute', CASE WHEN number % 4 = 0 THEN 'rest' ELSE 'spring' END
    FROM generate_series(1, 20000) AS number
    """,
    """
    INSERT INTO rewards (store_id, id, referral_id, order_id, campaign_id, role, version, type,
      amount, currency, code_key_id, gift_card_id, status, next_attempt_at, rollout_bucket,
      milestone, earned_percent)
    SELECT 1, gen_random_uuid(), id, order_id, campaign_id, role, 1, 'gift_card', 10, 'USD',
      'key', 'card' || order_id || role, 'issued', NULL, 1, id % 7 + 1, 10
    FROM referrals CROSS JOIN unnest(ARRAY['referrer', 'friend']) AS role
    """,
    """
    INSERT INTO campaign_budgets (store_id, campaign_id, currency, given)
    SELECT 1, 'campaign' || number, currency, number
    FROM generate_series(1, 500) AS number CROSS JOIN unnest(ARRAY['USD', 'EUR']) AS currency
    """,
    "ANALYZE",
  ]

  private static func scans(_ pool: Pool) async throws -> Int {
    // The counters of this session are told to the others now and then only.
    try await pool.execute("SELECT pg_stat_force_next_flush()")
    return try await pool.first(
      """
      SELECT sum(seq_scan)::bigint AS scans FROM pg_stat_user_tables
      WHERE relname IN ('referrals', 'rewards')
      """
    ) { row in try row.decode("scans", as: Int.self) } ?? 0
  }

  @Test func noLargeTableIsReadFromEndToEnd() async throws {
    try await TestDatabase.with { database in
      // One connection, so that its counters are those that are read, and plans that know nothing
      // of the values, as a server makes them after a few calls.
      let pool = try Pool(
        PostgresConfiguration(
          connectionString: database.connectionString
            + " options='-c plan_cache_mode=force_generic_plan'",
          applicationName: "test", poolSize: 1))
      let result = await Result { try await Self.ask(pool) }
      await pool.close()
      try result.get()
    }
  }

  private static func ask(_ pool: Pool) async throws {
    let store = try await StoreRepository(pool).connect(
      try #require(StoreAddress("https://shop.example.com/graphql/")))
    try #require(store.value == 1)
    for query in history { try await pool.execute(query) }
    let before = try await scans(pool)
    let campaigns = CampaignRepository(pool)
    let code = try #require(ReferralCode(typed: "CODE1"))
    let usd = try #require(Currency("USD"))

    // Every 20th order is of the other campaign; of the rest a third fell.
    let tally = try await campaigns.tally(
      store: store, code: code, campaign: "spring", everInAll: true)
    #expect(tally.inAll > 600 && tally.inAll < 720)
    let months = try await campaigns.tally(
      store: store, code: code, campaign: "spring", everInAll: false)
    #expect(months.thisMonth == tally.thisMonth && months.today == tally.today)
    #expect(months.inAll == tally.thisMonth)
    let milestones = try await campaigns.milestones(store: store, code: code, campaign: "spring")
    #expect(milestones[.referrer]?.standing == Set(1...7))
    #expect(milestones[.friend] == milestones[.referrer])
    #expect(try await campaigns.given(store: store, referralID: 77).count == 2)
    try await pool.transaction { session in
      let key = BudgetRepository.Key(campaignID: "campaign77", currency: usd)
      let given = try await BudgetRepository.hold(session, store: store, [key])
      #expect(given == [key: 77])
    }
    try await TakeBackRepository(pool).noteExcess(
      store: store, referral: 77, spending: Money(amount: 60, currency: usd))
    #expect(
      try await campaigns.given(store: store, referralID: 77).map(\.excess) == [4, 4])
    #expect(try await !ReferralRepository(pool).markRewarded(store: store, referralID: 77))
    #expect(try await scans(pool) == before)
  }
}
