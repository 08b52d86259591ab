import Domain
import Ledger
import Postgres
import Testing
import Work

/// Orders that are given up without having been read.
@Suite struct GivenUpTests {
  @Test func whatWasKnownOfTheBuyerStays() async throws {
    try await GatheringShop.open { shop async throws in
      let referral = try await shop.follow(GatheringShop.order(1))
      try await shop.pool.execute(
        """
        UPDATE referrals SET referred_customer_id = 'VXNlcjoy', referred_email = 'bob@example.com',
          referred_mailbox = 'bob@example.com', order_updated_at = now()
        WHERE id = \(referral)
        """)
      let referrals = ReferralRepository(shop.pool)
      let claim = try #require(
        try await referrals.claimDue(store: shop.store.id, limit: 1, lease: .seconds(60)).first)
      #expect(
        try await referrals.reject(
          store: shop.store.id, claim, nil, rule: "order_read", reason: "the store is away"))
      let kept = try await shop.pool.first(
        """
        SELECT count(*) AS count FROM referrals
        WHERE state = 'rejected' AND referred_customer_id = 'VXNlcjoy'
          AND referred_email = 'bob@example.com' AND referred_mailbox = 'bob@example.com'
          AND order_updated_at IS NOT NULL
        """
      ) { row in try row.decode("count", as: Int.self) }
      #expect(kept == 1)
    }
  }
}
