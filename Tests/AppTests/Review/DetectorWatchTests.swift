import Domain
import FoundationEssentials
import HTTPTransport
import Ledger
import Logging
import Monitoring
import NIOConcurrencyHelpers
import Postgres
import Rules
import SaleorAPI
import Testing
import Work

@testable import App

/// Whether the rules still see what they used to see, out of the ledger's decisions.
@Suite(.timeLimit(.minutes(3))) struct DetectorWatchTests {
  /// Writes `each` decisions an hour within a span of hours before now.
  private static func decide(
    _ shop: TestShop, _ outcome: String, hours: ClosedRange<Int>, each: Int, hits: [String],
    by source: String = "rules"
  ) async throws {
    try await shop.pool.execute(
      """
      INSERT INTO decisions (
        store_id, referral_id, decided_at, rules_version, outcome, decided_by, rule_hits)
      SELECT store_id, id, now() - hour * interval '1 hour' + interval '1 minute', 'v1',
        \(outcome), \(source), \(hits)
      FROM referrals, generate_series(\(hours.lowerBound), \(hours.upperBound)) AS hour,
        generate_series(1, \(each))
      """)
  }

  @Test func aSilentRuleAndAJumpAreToldOnceAndShown() async throws {
    try await TestShop.open { shop async throws in
      try await shop.pool.execute(
        "INSERT INTO referrals (store_id, order_id, ref_code) VALUES (1, 'T3JkZXI6MQ==', 'A')")
      try await shop.pool.execute(
        "INSERT INTO rule_files (store_id, version, content) VALUES (1, 'v1', '')")
      let condition = try Condition("order_value > 1 USD")
      let rules = ["ring", "steady", "new"].map {
        Rule(
          name: $0, reason: "", condition: condition, verdict: .review, weight: 0, mode: .shadow)
      }
      let address = try #require(StoreAddress(shop.storeURL))
      let usd = try #require(Currency("USD"))
      let terms = Terms(
        programme: Programme(
          kind: .giftCard, reward: Money(amount: 10, currency: usd), validityDays: nil,
          minimumSpend: nil),
        rules: RuleSet(rules: rules, reviewAt: nil, rejectAt: nil))
      let metrics = Metrics()
      let lines = NIOLockedValueBox<[String]>([])
      let watch = DetectorWatch(
        pool: shop.pool,
        store: ConnectedStore(
          id: shop.store, address: address,
          client: StoreClient(
            graphQL: GraphQLClient(
              transport: shop.transport, url: address.canonical, token: "none", reach: .anywhere))),
        terms: CurrentTerms(TermsBook(version: "v1", text: "", standard: terms)),
        metrics: metrics,
        log: Logger(label: "test") { label in
          LineLogHandler(label: label, level: .warning, format: .text) { line in
            lines.withLockedValue { $0.append(line) }
          }
        })
      func text() -> String { metrics.families.map(\.text).joined() }

      // What lies before the two weeks, and what people decided, does not count.
      try await Self.decide(shop, "reject", hours: 400...500, each: 5, hits: ["steady"])
      try await Self.decide(shop, "reject", hours: 1...20, each: 5, hits: [], by: "person")
      try await Self.decide(shop, "approve", hours: 25...360, each: 1, hits: ["ring", "steady"])
      try await Self.decide(shop, "approve", hours: 25...360, each: 1, hits: [])
      try await Self.decide(shop, "approve", hours: 1...24, each: 2, hits: ["ring", "steady"])
      try await Self.decide(shop, "approve", hours: 1...4, each: 1, hits: [])
      try await watch.look()
      #expect(lines.withLockedValue { $0 }.isEmpty)
      let owner = "store=\"\(address.canonical)\""
      #expect(text().contains("laurel_rule_silent{\(owner),rule=\"ring\"} 0\n"))
      #expect(text().contains("laurel_outcome_shift{\(owner),outcome=\"reject\"} 0\n"))

      try await shop.pool.execute(
        """
        UPDATE decisions SET rule_hits = array_remove(rule_hits, 'ring')
        WHERE decided_at > now() - interval '24 hours'
        """)
      try await Self.decide(
        shop, "reject", hours: 1...24, each: 1, hits: [], by: "requirement")
      for _ in 1...2 { try await watch.look() }
      let told = lines.withLockedValue { $0 }
      #expect(told.count == 3, "\(told)")
      #expect(told.count { $0.contains("fallen silent") && $0.contains("ring") } == 1)
      #expect(told.count { $0.contains("has jumped") } == 2)
      #expect(text().contains("laurel_rule_silent{\(owner),rule=\"ring\"} 1\n"))
      #expect(text().contains("laurel_rule_silent{\(owner),rule=\"steady\"} 0\n"))
      #expect(text().contains("laurel_rule_silent{\(owner),rule=\"new\"} 0\n"))
      #expect(text().contains("laurel_outcome_shift{\(owner),outcome=\"reject\"} 0.3"))
    }
  }
}
