package import Domain
import Postgres

/// Who hangs together with whom.
extension FactRepository {
  /// How many steps a circle has at most.
  package static let longestCircle = 6
  /// How many buyers of a cluster are counted at most.
  package static let largestCluster = 100
  /// How many marks of the buyers who were found last are followed at each step.
  private static let linksFollowed = 500

  /// How many steps lead from a buyer, by those whom he referred, back to himself, the order of
  /// `referral` included, whose code is the referrer's; 0 when none is found within
  /// `longestCircle`.
  ///
  /// It is looked for backwards, by those who referred the referrer and so on: a customer can have
  /// referred very many and was referred by few. Of each customer 50 referrals are looked at, and
  /// 100 customers at each step.
  /// - Throws: `PostgresError`.
  package func circle(
    store: StoreID, buyer: String, referrer: String, referral: Int
  ) async throws -> Int {
    try await session.first(
      """
      WITH RECURSIVE walk (steps, seen, front, is_closed) AS (
        SELECT 1, ARRAY[\(referrer)], ARRAY[\(referrer)], false
        UNION ALL
        SELECT steps + 1, seen || before.customers, before.customers,
          \(buyer) = ANY (before.customers)
        FROM walk
        CROSS JOIN LATERAL (
          SELECT array_agg(customer) AS customers FROM (
            SELECT code.referrer_user_id AS customer
            FROM unnest(walk.front) AS one (customer)
            CROSS JOIN LATERAL (
              SELECT ref_code FROM referrals
              WHERE store_id = \(store.value) AND referred_customer_id = one.customer
                AND id <> \(referral)
              LIMIT 50
            ) AS named
            JOIN referral_codes AS code
              ON code.store_id = \(store.value) AND code.code = named.ref_code
            EXCEPT SELECT customer FROM unnest(walk.seen) AS known (customer)
            LIMIT 100
          ) AS found
        ) AS before
        WHERE steps < \(Self.longestCircle) AND NOT is_closed AND before.customers IS NOT NULL
      )
      SELECT steps FROM walk WHERE is_closed
      """
    ) { row in try row.decode("steps", as: Int.self) } ?? 0
  }

  /// How many buyers hang together with this one by shared postal addresses, telephone numbers,
  /// cards or devices, himself included; at most `largestCluster`.
  ///
  /// It grows from the buyer and the marks of his order, those who are nearest first. Of each buyer
  /// 50 different marks are looked at, of all at one distance `linksFollowed`, and of each mark the
  /// last 200 orders.
  ///
  /// - Parameters:
  ///   - names: under what the buyer stands in `traces.buyer`.
  ///   - marks: those of his order, which need not be written yet.
  /// - Throws: `PostgresError`.
  package func clusterSize(
    store: StoreID, names: [String], marks: [TraceRepository.Mark]
  ) async throws -> Int {
    let linking = marks.filter { Self.linkingKinds.contains($0.kind.rawValue) }
    let found = try await session.first(
      """
      WITH RECURSIVE cluster (buyers, front, kinds, texts) AS (
        SELECT \(names), \(names), \(linking.map(\.kind.rawValue)), \(linking.map(\.value))
        UNION ALL
        SELECT cluster.buyers || near.buyers, near.buyers, '{}', '{}'
        FROM cluster
        CROSS JOIN LATERAL (
          SELECT array_agg(buyer) AS buyers FROM (
            SELECT other.buyer
            FROM (
              SELECT kind, value FROM unnest(cluster.kinds, cluster.texts) AS own (kind, value)
              UNION
              (SELECT mark.kind, mark.value
              FROM unnest(cluster.front) AS one (buyer)
              CROSS JOIN LATERAL (
                SELECT DISTINCT kind, value FROM (
                  SELECT kind, value FROM traces
                  WHERE store_id = \(store.value) AND buyer = one.buyer
                    AND kind = ANY (\(Self.linkingKinds))
                  LIMIT 500
                ) AS seen
                LIMIT 50
              ) AS mark
              LIMIT \(Self.linksFollowed))
            ) AS link
            CROSS JOIN LATERAL (
              SELECT buyer FROM traces
              WHERE store_id = \(store.value) AND kind = link.kind AND value = link.value
              ORDER BY seen_at DESC LIMIT 200
            ) AS other
            EXCEPT SELECT buyer FROM unnest(cluster.buyers) AS known (buyer)
            LIMIT \(Self.largestCluster)
          ) AS found
        ) AS near
        WHERE cardinality(cluster.buyers) < \(Self.largestCluster) AND near.buyers IS NOT NULL
      )
      SELECT max(cardinality(buyers)) AS count FROM cluster
      """
    ) { row in try row.decode("count", as: Int.self) }
    return min(Self.largestCluster, (found ?? names.count) - names.count + 1)
  }

  /// By what buyers hang together. An IP address or a network is shared by strangers.
  private static let linkingKinds: [String] = [
    TraceRepository.Kind.postalAddress, .phone, .card, .device,
  ].map(\.rawValue)
}
