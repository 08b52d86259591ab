import Domain
import FoundationEssentials
import Postgres
import Sandbox
import Testing
import Work

@testable import Ledger

extension TestShop {
  /// The keys from which the shop's reward codes are derived.
  static func rewardKeys() throws -> RewardKeys {
    try #require(try RewardKeys([[UInt8](repeating: 7, count: 32)]))
  }

  /// Owes another reward for a decided order, as a campaign `test` would. Returns its id.
  @discardableResult
  func owe(
    _ order: SandboxOrder, _ role: RewardIdentity.Role, _ kind: RewardKind = .giftCard,
    amount: Decimal = 7, _ change: (inout RewardGrant) -> Void = { _ in }
  ) async throws -> UUID {
    let address = try await pool.first("SELECT address FROM stores") { row in
      try row.decode("address", as: String.self)
    }
    let identity = RewardIdentity(
      storeAddress: try #require(address), orderID: order.id, campaignID: "test", role: role)
    let referral = try await count(
      "SELECT id AS count FROM referrals WHERE order_id = \(order.id)")
    var grant = RewardGrant(
      campaignID: "test", role: role, kind: kind,
      money: Money(amount: amount, currency: try #require(Currency("USD"))))
    change(&grant)
    let id = try RewardKeys.id(of: identity)
    let isNew = try await RewardRepository(pool).insertIntent(
      store: store, id: id, identity: identity, referralID: referral, grant,
      codeKeyID: try Self.rewardKeys().newestID, rolloutBucket: 0)
    try #require(isNew)
    return id
  }

  /// Owes a voucher, and has it issued without the store's help, so that its letter is due.
  @discardableResult
  func sendVoucher(
    _ order: SandboxOrder, _ role: RewardIdentity.Role,
    _ change: (inout RewardGrant) -> Void = { _ in }
  ) async throws -> UUID {
    // What is never due is claimed by nobody in the meantime.
    try await pool.execute(
      "ALTER TABLE rewards ALTER COLUMN next_attempt_at SET DEFAULT 'infinity'")
    let id = try await owe(order, role, .voucher, change)
    try await pool.execute(
      "ALTER TABLE rewards ALTER COLUMN next_attempt_at SET DEFAULT now()")
    try await pool.execute(
      """
      UPDATE rewards SET status = 'issued', voucher_id = 'voucher', issued_at = now(),
        next_attempt_at = NULL
      WHERE id = \(id)
      """)
    try await LetterRepository(pool).insert(store: store, rewardID: id)
    return id
  }
}
