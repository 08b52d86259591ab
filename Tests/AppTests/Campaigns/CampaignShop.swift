import Domain
import FoundationEssentials
import Ledger
import Postgres
import Sandbox
import Testing

extension TestShop {
  /// Two campaigns with rewards for both sides and one for the friend alone.
  static let campaigns = """
    campaigns:
      - id: big
        minimum_order: {USD: 100.00}
        rewards:
          - {for: referrer, type: gift_card, amount: {USD: 20.00}}
          - {for: friend, type: voucher, percent: 10, cap: {USD: 15.00}}
      - id: small
        countries: [US]
        rewards:
          - {for: referrer, type: gift_card, amount: {USD: 5.00}}
      - id: polish
        countries: [PL]
        rewards:
          - {for: friend, type: gift_card, amount: {USD: 7.00}}
    """

  /// The rewards of an order, as `campaign role amount currency status`.
  func rewards(of order: SandboxOrder) async throws -> [String] {
    try await pool.rows(
      """
      SELECT campaign_id || ' ' || role || ' ' || trim_scale(amount) || ' ' || currency || ' '
        || status AS reward
      FROM rewards WHERE order_id = \(order.id) ORDER BY role DESC, campaign_id
      """
    ) { row in try row.decode("reward", as: String.self) }
  }

  /// The last decision on an order.
  func decision(on order: SandboxOrder) async throws -> DecisionRepository.Record {
    let id = try await count(
      "SELECT id AS count FROM referrals WHERE order_id = \(order.id)")
    return try #require(
      try await DecisionRepository(pool).all(store: store, referralID: id).last?.record)
  }

  /// Tells of orders, and does not wait.
  func tell(_ orders: [SandboxOrder]) async throws {
    for order in orders {
      await sandbox.put(order)
      #expect(try await deliver(body(.orderFullyPaid, order)).status == 200)
    }
  }

  /// Waits until no order is still to be decided.
  func awaitDecisions(
    _ orders: Int, sourceLocation: SourceLocation = #_sourceLocation
  ) async throws {
    try await eventually(
      "not all are decided", within: .seconds(60), sourceLocation: sourceLocation
    ) {
      try await count(
        "SELECT count(*) AS count FROM referrals WHERE state NOT IN ('tracked', 'review')")
        == orders
    }
  }

  /// Has every budget refuse to pass `bound`, whatever is written.
  func bound(budgets bound: Int) async throws {
    try await pool.execute(
      Query(text: "ALTER TABLE campaign_budgets ADD CHECK (given <= \(bound))"))
  }

  /// What a campaign's sum says, and what its rewards come to.
  func sums(_ campaign: String) async throws -> [Decimal] {
    try await pool.rows(
      """
      SELECT given AS sum FROM campaign_budgets WHERE campaign_id = \(campaign)
      UNION ALL
      SELECT sum(reward_cost(status, amount, shortfall, is_tombstone)) FROM rewards
      WHERE campaign_id = \(campaign)
      """
    ) { row in try row.decode("sum", as: Decimal.self) }
  }
}
