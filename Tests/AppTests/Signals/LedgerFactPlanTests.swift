import Domain
import FoundationEssentials
import Ledger
import Postgres
import Testing

/// The ledger's facts when it is large: by indexes only, however common a value is.
@Suite struct LedgerFactPlanTests {
  /// 20,000 orders with codes, every tenth with one code and from one network and place; a circle of
  /// five and a cluster of fifty among them.
  private static let history: [Query] = [
    """
    INSERT INTO referral_codes (store_id, code, referrer_user_id, referrer_email)
    SELECT 1, 'CODE' || number, 'u' || number, 'u@example.com'
    FROM generate_series(1, 2000) AS number
    """,
    """
    INSERT INTO referrals (store_id, order_id, ref_code, state, referred_customer_id, reason,
      next_check_at, created_at, decided_at)
    SELECT 1, 'o' || number,
      CASE WHEN number % 10 = 0 THEN 'CODE1' ELSE 'CODE' || 1 + number % 2000 END,
      CASE WHEN number % 3 = 0 THEN 'rejected' ELSE 'rewarded' END, 'c' || number, 'test', NULL,
      now() - number * interval '1 minute', now() - number * interval '1 minute'
    FROM generate_series(1, 20000) AS number
    """,
    """
    INSERT INTO rewards (store_id, id, referral_id, order_id, campaign_id, role, version, type,
      amount, currency, code_key_id, gift_card_id, status, next_attempt_at, rollout_bucket)
    SELECT 1, gen_random_uuid(), id, order_id, 'default', 'referrer', 1, 'gift_card', 10, 'USD',
      'key', 'card' || order_id, 'issued', NULL, 1
    FROM referrals
    """,
    "INSERT INTO rule_files (store_id, version, content) VALUES (1, 'environment', '')",
    """
    INSERT INTO decisions (store_id, referral_id, decided_at, rules_version, channel, outcome,
      decided_by, order_value, order_currency)
    SELECT 1, id, decided_at, 'environment', 'default-channel', 'approve', 'rules', 10 + id % 100,
      'USD'
    FROM referrals
    """,
    """
    INSERT INTO traces (store_id, kind, value, referral_id, buyer, seen_at)
    SELECT 1, kind, CASE WHEN id % 10 = 0 AND kind IN ('network', 'postal_address') THEN 'hot'
      ELSE kind || id END, id, referred_customer_id, created_at
    FROM referrals
    CROSS JOIN unnest(ARRAY['ip', 'network', 'device', 'postal_address', 'phone']) AS kind
    """,
    """
    INSERT INTO referral_codes (store_id, code, referrer_user_id, referrer_email)
    SELECT 1, 'RING' || number, 'ring' || number, 'ring@example.com'
    FROM generate_series(1, 5) AS number
    """,
    """
    INSERT INTO referrals (store_id, order_id, ref_code, state, referred_customer_id, reason,
      next_check_at, decided_at)
    SELECT 1, 'ring' || number, 'RING' || number, 'rewarded', 'ring' || number + 1, 'test', NULL,
      now()
    FROM generate_series(1, 4) AS number
    """,
    // Each member shares a number or a place with the next one.
    """
    INSERT INTO traces (store_id, kind, value, referral_id, buyer, seen_at)
    SELECT 1, CASE link % 2 WHEN 0 THEN 'phone' ELSE 'postal_address' END, 'link' || link,
      member, 'member' || member, now()
    FROM generate_series(1, 50) AS member
    CROSS JOIN LATERAL unnest(ARRAY[member, member + 1]) AS link
    """,
    "ANALYZE",
  ]

  private static func scans(_ pool: Pool) async throws -> [String: Int] {
    // The counters of this session are told to the others now and then only.
    try await pool.execute("SELECT pg_stat_force_next_flush()")
    let rows = try await pool.rows(
      """
      SELECT relname::text AS name, seq_scan FROM pg_stat_user_tables
      WHERE relname IN ('referrals', 'traces', 'decisions', 'rewards', 'referral_codes')
      """
    ) { row in
      (try row.decode("name", as: String.self), try row.decode("seq_scan", as: Int.self))
    }
    return Dictionary(uniqueKeysWithValues: rows)
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
    let facts = FactRepository(pool)
    let code = try #require(ReferralCode(typed: "CODE1"))

    let times = try await facts.times(
      store: store, around: Date(timeIntervalSinceNow: -3 * 86_400), otherThan: 77,
      marks: [
        .init(kind: .network, value: "hot"), .init(kind: .postalAddress, value: "hot"),
        .init(kind: .phone, value: "phone4000"), .init(kind: .card, value: "none"),
      ])
    #expect(times[.network]?.count == 100)
    #expect(times[.postalAddress]?.count == 100)
    #expect(times[.phone]?.count == 1)
    #expect(times[.card] == nil)
    let record = try #require(
      try await facts.code(store: store, code, referral: 77, orderedAt: Date()))
    #expect(record.times.count == 100)
    // A thousand decided orders: a third was refused, and had a reward before.
    #expect(record.due == 1000)
    #expect((300...370).contains(record.fallen))
    let usual = try await facts.usualValue(
      store: store, channel: "default-channel", currency: try #require(Currency("USD")))
    #expect(usual?.count == 200)
    #expect(try await facts.isReward(store: store, giftCards: ["cardo5", "none"]))
    #expect(try await !facts.isReward(store: store, giftCards: ["none"]))
    #expect(
      try await facts.circle(store: store, buyer: "ring1", referrer: "ring5", referral: 77) == 5)
    #expect(
      try await facts.circle(store: store, buyer: "c7", referrer: "u1", referral: 77) == 0)
    // From its middle, by a mark of an order that is not written yet.
    let newcomer = try await facts.clusterSize(
      store: store, names: ["newcomer"], marks: [.init(kind: .phone, value: "link24")])
    #expect(newcomer == 51)
    #expect(try await facts.clusterSize(store: store, names: ["member1"], marks: []) == 50)
    let crowd = try await facts.clusterSize(
      store: store, names: ["newcomer"], marks: [.init(kind: .postalAddress, value: "hot")])
    #expect(crowd == 100)
    #expect(try await scans(pool) == before)
  }
}
