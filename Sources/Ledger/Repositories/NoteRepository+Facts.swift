package import Domain
package import FoundationEssentials
import Postgres

/// What the notes tell.
extension NoteRepository {
  /// What staff are told of an order.
  package struct OrderFacts: Sendable, Equatable {
    /// tracked, review, paid, rewarded or rejected.
    package let state: String
    /// Why it is in that state.
    package let reason: String?
    /// The code that it names.
    package let code: String
    /// The campaign that it belongs to; `nil` before that is decided, or when it is none's.
    package let campaignID: String?
    /// Until when its rewards are held back after its payment; `nil` when they are not.
    package let heldUntil: Date?
  }

  /// What staff are told of the owner of a code.
  package struct ReferrerFacts: Sendable, Equatable {
    /// How many orders with his code count: their rewards are due, or were given.
    package let referrals: Int
    /// How many rewards he was given that were not taken back.
    package let rewards: Int
  }

  /// What there is to tell of an order; `nil` when the ledger does not follow it.
  /// - Throws: `PostgresError`.
  package func orderFacts(store: StoreID, orderID: String) async throws -> OrderFacts? {
    try await session.first(
      """
      SELECT state, reason, ref_code, campaign_id, held_until FROM referrals
      WHERE store_id = \(store.value) AND order_id = \(orderID)
      """
    ) { row in
      OrderFacts(
        state: try row.decode("state", as: String.self),
        reason: try row.decode("reason", as: String?.self),
        code: try row.decode("ref_code", as: String.self),
        campaignID: try row.decode("campaign_id", as: String?.self),
        heldUntil: try row.decode("held_until", as: Date?.self))
    }
  }

  /// What there is to tell of a customer; `nil` when he has no code, or is forgotten.
  /// - Throws: `PostgresError`.
  package func referrerFacts(store: StoreID, userID: String) async throws -> ReferrerFacts? {
    try await session.first(
      """
      SELECT (
          SELECT count(*) FROM referrals
          WHERE store_id = \(store.value) AND ref_code = referral_codes.code
            AND state <> 'tracked' AND state IN ('paid', 'rewarded')
        ) AS referrals, (
          SELECT count(*) FROM referrals JOIN rewards
            ON rewards.store_id = \(store.value) AND rewards.referral_id = referrals.id
          WHERE referrals.store_id = \(store.value) AND ref_code = referral_codes.code
            AND state <> 'tracked' AND role = 'referrer'
            AND status IN ('issued', 'delivered', 'used', 'expired')
        ) AS rewards
      FROM referral_codes
      WHERE store_id = \(store.value) AND referrer_user_id = \(userID)
        AND referrer_email <> \(ErasureRepository.noAddress)
      """
    ) { row in
      ReferrerFacts(
        referrals: try row.decode("referrals", as: Int.self),
        rewards: try row.decode("rewards", as: Int.self))
    }
  }
}
