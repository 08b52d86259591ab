import Domain
import FoundationEssentials
import Ledger
import Postgres
import Sandbox
import Testing

/// What an erasure took out does not come back with a later decision: the store's orders keep the
/// address of a buyer whose account is gone.
@Suite(.timeLimit(.minutes(5))) struct ReturnAfterErasureTests {
  private static let bob = "VXNlcjoy"

  /// In how many rows of what decisions write a text stands.
  private static func rows(_ shop: TestShop, with text: String) async throws -> Int {
    try await shop.count(
      """
      SELECT (SELECT count(*) FROM referrals WHERE strpos(to_jsonb(referrals)::text, \(text)) > 0)
        + (SELECT count(*) FROM decisions WHERE strpos(to_jsonb(decisions)::text, \(text)) > 0)
        AS count
      """)
  }

  @Test func aCaseInReviewIsDecidedWithoutHisAddress() async throws {
    try await TestShop.withRules { shop, _ async throws in
      try await shop.place([TestShop.order(1, of: 150, email: "bob@example.com", user: Self.bob)])
      let id = try await shop.count("SELECT id AS count FROM referrals WHERE state = 'review'")
      #expect(try await Self.rows(shop, with: "bob@") == 2)
      try await shop.tellOfDeletion(id: Self.bob, email: "bob@example.com")
      try await shop.awaitErasures(1)
      #expect(try await Self.rows(shop, with: "bob@") == 0)

      await shop.sandbox.put(TestShop.order(1, of: 150, email: "bob@example.com"))
      let isOpen = try await shop.pool.transaction { session in
        try await ReviewRepository(session).approve(store: shop.store, id, note: nil)
      }
      #expect(isOpen)
      try await shop.awaitState("rewarded", of: id)
      #expect(try await Self.rows(shop, with: "bob@") == 0)
      #expect(
        try await shop.count(
          """
          SELECT count(*) AS count FROM referrals
          WHERE referred_customer_id = \(Self.bob) AND referred_mailbox LIKE 'erased:%'
          """) == 1)
    }
  }

  @Test func anOrderThatIsDecidedLaterIsDecidedWithoutHisAddress() async throws {
    try await TestShop.withRules { shop, _ async throws in
      try await shop.place([TestShop.order(1, of: 20, email: "bob@example.com", user: Self.bob)])
      try await shop.tellOfDeletion(id: Self.bob, email: "bob@example.com")
      try await shop.awaitErasures(1)

      // His account is no longer on it.
      try await shop.place([TestShop.order(2, of: 150, email: "bob@example.com")])
      #expect(try await Self.rows(shop, with: "bob@") == 0)
      #expect(try await shop.count("SELECT count(*) AS count FROM traces") == 0)
      #expect(
        try await shop.count(
          """
          SELECT count(*) AS count FROM decisions
          WHERE rule = 'code_once_per_buyer' AND facts IS NOT NULL
            AND erased_facts = ARRAY['buyer_address', 'buyer_domain']
          """) == 1)
      // With another account he is somebody new.
      try await shop.place([
        TestShop.order(3, of: 150, email: "bob@example.com", user: "VXNlcjo5")
      ])
      #expect(try await Self.rows(shop, with: "bob@") > 0)
    }
  }

  @Test func whoIsErasedAtTheSameMomentIsErasedAgain() async throws {
    try await TestShop.withRules { shop, _ async throws in
      try await shop.pool.execute(
        """
        INSERT INTO erasures (store_id, customer_id, next_check_at)
        VALUES (\(shop.store.value), \(Self.bob), now() + interval '1 day')
        """)
      try await shop.place([TestShop.order(1, of: 20, email: "bob@example.com", user: Self.bob)])
      try await shop.awaitErasures(1)
      #expect(try await Self.rows(shop, with: "bob@") == 0)
    }
  }

  @Test func whoReferredVeryManyIsForgottenInAllOfTheirFacts() async throws {
    try await TestShop.withRules { shop, _ async throws in
      try await shop.pool.execute(
        """
        INSERT INTO rule_files (store_id, version, content)
        VALUES (\(shop.store.value), 'old', '')
        """)
      try await shop.pool.execute(
        """
        WITH many AS (
          INSERT INTO referrals (store_id, order_id, ref_code, state, reason, next_check_at,
            decided_at)
          SELECT \(shop.store.value), 'many' || number, 'ALICE10', 'rejected', 'test', NULL, now()
          FROM generate_series(1, 2500) AS number RETURNING id
        )
        INSERT INTO decisions (store_id, referral_id, rules_version, outcome, decided_by, facts)
        SELECT \(shop.store.value), id, 'old', 'reject', 'rules',
          '{"referrer_address": "alice@example.com", "code": "ALICE10"}'
        FROM many
        """)
      try await shop.tellOfDeletion(id: "VXNlcjox", email: "alice@example.com")
      try await shop.awaitErasures(1)
      #expect(try await shop.factsWith("alice@") == 0)
      #expect(
        try await shop.count(
          """
          SELECT count(*) AS count FROM decisions
          WHERE erased_facts = ARRAY['referrer_address'] AND strpos(facts, 'ALICE10') > 0
          """) == 2500)
    }
  }
}
