import Postgres

/// The same with a large database.
struct LargePart {
  /// What it works with.
  let bench: Bench
  /// What is measured beside gift cards.
  let comparison: Comparison
  /// Gift cards a second in an empty database.
  let giftCards: Series

  /// How many old deliveries there are.
  let deliveries: Int
  /// How many referrals there are, which are decided.
  let referrals: Int

  /// Fills the database, and measures in it.
  func figures() async throws -> [Figure] {
    try await bench.database.empty()
    try await fill()
    var figures = try await comparison.figures("large", what: "large database")
    var cards = Series()
    for round in 1...3 {
      bench.say("gift cards, large database, round \(round) of 3")
      cards.add(try await RewardPart(bench: bench).issued(empties: false).rate)
    }
    figures.append(
      Figure(
        id: "large_gift_cards", name: "inbox to active gift card, large database", unit: "cards/s",
        value: cards, reference: ("without", giftCards), goal: .atLeast(0.9)))
    return figures
  }

  /// Ten years of a busy shop: deliveries whose bodies were dropped long ago, and referrals that are
  /// decided.
  private func fill() async throws {
    let pool = bench.database.pool
    for start in stride(from: 0, to: deliveries, by: 500_000) {
      let end = min(deliveries, start + 500_000)
      bench.say("filling: \(start) of \(deliveries) deliveries")
      try await pool.execute(
        """
        INSERT INTO inbox (store_id, event_id, event, order_id, received_at, outcome)
        SELECT (SELECT min(id) FROM stores), sha256(int8send(number)), 'OrderConfirmed',
          encode(('Order:old-' || number)::bytea, 'base64'),
          now() - interval '1 day' - number * interval '30 seconds', 'no_code'
        FROM generate_series(\(start + 1), \(end)) AS number
        """)
    }
    bench.say("filling: \(referrals) referrals")
    try await pool.execute(
      """
      INSERT INTO referrals (store_id, order_id, ref_code, state, rule, reason, next_check_at,
        referred_mailbox, referred_email, created_at, updated_at)
      SELECT (SELECT min(id) FROM stores), encode(('Order:old-' || number)::bytea, 'base64'),
        'OLD' || (number % 100000 + 100000), 'rejected', 'self_referral', 'an old one', NULL,
        'old' || number || '@example.com', 'old' || number || '@example.com',
        now() - number * interval '5 minutes', now() - number * interval '5 minutes'
      FROM generate_series(1, \(referrals)) AS number
      """)
    bench.say("filling: statistics")
    try await pool.execute("VACUUM (ANALYZE) inbox")
    try await pool.execute("VACUUM (ANALYZE) referrals")
    try await bench.database.settle()
  }
}
