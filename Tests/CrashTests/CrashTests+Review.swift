import FoundationEssentials
import Ledger
import Postgres
import ProcessTesting
import Sandbox
import Testing

extension CrashTests {
  /// Every order goes to review.
  private static let rules = """
    rules:
      - name: doubtful
        when: order_value >= 40 USD
        then: review
        reason: Somebody has to look at it.
    """

  @Test(.timeLimit(.minutes(30))) func aPersonReviewsWhileProcessesDie() async throws {
    let start = ContinuousClock.now
    let kills = CrashForm.pick(short: 4, long: 60)
    try await CrashShop.open(rules: Self.rules) { shop in
      try await Keeper.with(environment: shop.environment) { keeper in
        let traffic = Traffic(shop: shop, keepers: [keeper])
        try await traffic.issueAlicesCode()
        await Self.slowDown(shop.sandbox)
        async let loaded: Void = Self.load(traffic) { await keeper.kills >= kills }
        while await keeper.kills < kills {
          for _ in 0..<Int.random(in: 1...8) {
            try await Task.sleep(for: .milliseconds(200))
            try await shop.reviewSome()
          }
          await keeper.kill()
        }
        try await loaded
        while try await shop.hasWork() {
          try await shop.endHolds()
          try await shop.reviewSome(all: true)
          try await Task.sleep(for: .milliseconds(200))
        }
        try await Self.finish(
          "reviews under SIGKILL", "\(kills)", at: shop, since: start, within: .seconds(600))
        let (people, none) = (
          try await shop.count(
            "SELECT count(*) AS count FROM decisions WHERE decided_by = 'person'"),
          try await shop.count(
            """
            SELECT count(*) AS count FROM referrals WHERE state <> 'tracked' AND NOT EXISTS (
              SELECT FROM decisions WHERE decisions.referral_id = referrals.id)
            """)
        )
        #expect(people > 0)
        #expect(none == 0, "decided without a decision that is kept")
        // What was decided twice would stand there twice.
        #expect(
          try await shop.count(
            """
            SELECT count(*) AS count FROM (
              SELECT referral_id, decided_by FROM decisions WHERE decided_by <> 'requirement'
              GROUP BY referral_id, decided_by HAVING count(*) > 1) AS doubled
            """) == 0)
      }
    }
  }
}

extension CrashShop {
  /// Decides on open cases as a person would, on some or on all: approves two of three.
  func reviewSome(all: Bool = false) async throws {
    guard let store = try await StoreRepository(pool).all().first else { return }
    let open = try await ReviewRepository(pool).pending(store: store.id, .open, .init())
    for one in open where all || Bool.random() {
      if Int.random(in: 0..<3) > 0 {
        _ = try await pool.transaction { session in
          try await ReviewRepository(session).approve(store: store.id, one.id, note: nil)
        }
      } else {
        let isRejected = try await ReviewRepository(pool).reject(
          store: store.id, one.id, rule: "review", reason: "no", note: nil)
        if isRejected { await book.enter(refusalOf: one.orderID) }
      }
    }
  }

  /// Whether orders are on their way to a decision.
  func hasWork() async throws -> Bool {
    try await count(
      """
      SELECT (SELECT count(*) FROM inbox_queue)
        + (SELECT count(*) FROM referrals WHERE state IN ('tracked', 'review')) AS count
      """) > 0
  }
}
