package import Domain
import Postgres

/// What a case has in common with others, and what became of them.
extension ReviewRepository {
  /// Another referral that has something in common with a case.
  package struct Similar: Sendable, Equatable {
    /// The number of the referral.
    package let id: Int
    /// The order's number.
    package let orderNumber: String
    /// tracked, review, paid, rewarded or rejected.
    package let state: String
    /// The rule that refused or waits.
    package let rule: String?
    /// Where its reward stands; `nil` without one.
    package let rewardStatus: String?
    /// What they have in common: `referrer`, `rule`, or a kind of trace such as `postal_address`.
    package var common: [String]
  }

  /// How many are shown of each kind of likeness.
  package static let similarLimit = 20
  /// How many decided cases are searched for the same rule, the newest.
  private static let searched = 1_000

  /// Referrals that share the referrer, a trace or the rule with a case: the newest of each.
  /// - Throws: `PostgresError`.
  package func similar(store: StoreID, to found: Case) async throws -> [Similar] {
    let pairs = try await session.rows(
      """
      WITH alike AS (
        (SELECT id, 'referrer' AS common FROM referrals
        WHERE store_id = \(store.value) AND ref_code = \(found.code) AND id <> \(found.id)
        ORDER BY created_at DESC LIMIT \(Self.similarLimit))
        UNION ALL
        (SELECT other.referral_id, own.kind FROM traces AS own CROSS JOIN LATERAL (
          SELECT referral_id FROM traces
          WHERE traces.store_id = own.store_id AND traces.kind = own.kind
            AND traces.value = own.value AND traces.referral_id <> own.referral_id
          ORDER BY seen_at DESC LIMIT \(Self.similarLimit)
        ) AS other
        WHERE own.store_id = \(store.value) AND own.referral_id = \(found.id))
        UNION ALL
        (SELECT id, 'rule' FROM (
          SELECT id, rule, updated_at FROM review_cases
          WHERE store_id = \(store.value) AND referral_state <> 'review'
          ORDER BY updated_at DESC LIMIT \(Self.searched)
        ) AS decided
        WHERE rule = \(found.rule) AND id <> \(found.id)
        ORDER BY updated_at DESC LIMIT \(Self.similarLimit))
      )
      SELECT DISTINCT referrals.id, common, coalesce(order_number, referrals.order_id) AS number,
        state, rule, (
          SELECT status FROM rewards
          WHERE rewards.store_id = referrals.store_id AND rewards.referral_id = referrals.id
          ORDER BY rewards.created_at DESC LIMIT 1) AS reward_status
      FROM alike
      JOIN referrals ON referrals.store_id = \(store.value) AND referrals.id = alike.id
      ORDER BY referrals.id DESC, common
      """
    ) { row in
      Similar(
        id: try row.decode("id", as: Int.self),
        orderNumber: try row.decode("number", as: String.self),
        state: try row.decode("state", as: String.self),
        rule: try row.decode("rule", as: String?.self),
        rewardStatus: try row.decode("reward_status", as: String?.self),
        common: [try row.decode("common", as: String.self)])
    }
    return pairs.reduce(into: []) { result, pair in
      if result.last?.id == pair.id {
        result[result.count - 1].common += pair.common
      } else {
        result.append(pair)
      }
    }
  }
}
