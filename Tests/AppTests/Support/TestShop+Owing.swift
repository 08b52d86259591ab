import Domain
import FoundationEssentials
import Ledger
import Postgres
import Sandbox
import Testing
import Work

extension TestShop {
  /// Bob, who buys: "User:2".
  static let buyerID = "VXNlcjoy"

  /// Has an order earn these rewards, as a decision writes them; gives their ids. The buyer is a guest
  /// without `buyerID`.
  @discardableResult
  func owe(
    _ order: SandboxOrder, _ grants: [RewardGrant], buyerID: String? = TestShop.buyerID
  ) async throws -> [UUID] {
    await sandbox.put(order)
    let address = try #require(StoreAddress(storeURL))
    let keys = try #require(try RewardKeys([Array(repeating: 7, count: 32)]))
    return try await pool.transaction { session in
      let referral = try await session.first(
        """
        INSERT INTO referrals (
          store_id, order_id, order_number, ref_code, referred_customer_id, referred_email,
          referred_mailbox, state, next_check_at, campaign_id
        ) VALUES (
          \(store.value), \(order.id), \(order.number), 'ALICE10', \(buyerID), \(order.userEmail),
          \(order.userEmail), 'paid', NULL, \(grants.first?.campaignID)
        ) RETURNING id
        """
      ) { row in try row.decode("id", as: Int.self) }
      var ids: [UUID] = []
      for grant in grants {
        let identity = RewardIdentity(
          storeAddress: address.canonical, orderID: order.id, campaignID: grant.campaignID,
          role: grant.role)
        let id = try RewardKeys.id(of: identity)
        #expect(
          try await RewardRepository(session).insertIntent(
            store: store, id: id, identity: identity, referralID: try #require(referral), grant,
            codeKeyID: keys.newestID, rolloutBucket: 0))
        ids.append(id)
      }
      return ids
    }
  }
}

extension RewardGrant {
  /// So many dollars of the campaign `spring`.
  static func spring(
    _ kind: RewardKind, _ amount: Decimal, for role: RewardIdentity.Role = .referrer,
    _ change: (inout RewardGrant) -> Void = { _ in }
  ) throws -> RewardGrant {
    var grant = RewardGrant(
      campaignID: "spring", role: role, kind: kind,
      money: Money(amount: amount, currency: try #require(Currency("USD"))))
    change(&grant)
    return grant
  }
}
