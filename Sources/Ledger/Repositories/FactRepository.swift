package import Domain
package import FoundationEssentials
package import Postgres

/// What the ledger tells the antifraud rules of an order. Each call is one statement that reads a
/// bounded number of index entries, however many orders there are, and sees the ledger as it is now:
/// an order that is decided at the same moment can be missing.
package struct FactRepository: Sendable {
  /// What is known of a code and of its referrer.
  package struct CodeRecord: Sendable, Equatable {
    /// When the code was issued.
    package let createdAt: Date
    /// How far in time from this order others named the code, in seconds, the nearest first.
    package let times: [Double]
    /// For how many of its last decided orders a reward was due; `dueLimit` at most.
    package let due: Int
    /// How many of them were refunded, cancelled or taken back.
    package let fallen: Int
  }

  /// How many orders on either side of this one are looked at for each value, and how many times
  /// are given.
  package static let timesLimit = 100
  /// How many of a code's orders are counted for which a reward was due.
  package static let dueLimit = 1000
  /// Among how many of its decided orders those are looked for, the newest. It is far more than
  /// `dueLimit`, so that refusals do not push them out, and still some 30 milliseconds.
  package static let decidedLimit = 10_000
  /// Of how many decisions the median of the order values is taken.
  package static let valuesLimit = 200

  let session: any PostgresSession

  /// Works on `session`.
  package init(_ session: any PostgresSession) {
    self.session = session
  }

  /// How far in time from `date` other orders with the same marks were placed, in seconds, the
  /// nearest first: by kind of mark, for those kinds of which there are some. An order that shares
  /// two values of one kind counts once.
  ///
  /// Before and after, because an order can be decided long after it was placed: whoever pays late
  /// does not get out of his crowd.
  /// - Throws: `PostgresError`.
  package func times(
    store: StoreID, around date: Date, otherThan referral: Int, marks: [TraceRepository.Mark]
  ) async throws -> [TraceRepository.Kind: [Double]] {
    guard !marks.isEmpty else { return [:] }
    let found = try await session.rows(
      """
      SELECT kind, array_agg(apart ORDER BY apart) AS times FROM (
        SELECT kind, apart, row_number() OVER (PARTITION BY kind ORDER BY apart) AS place FROM (
          SELECT mark.kind, near.referral_id,
            min(abs(extract(epoch FROM near.seen_at - \(date)) * 1000))::bigint AS apart
          FROM unnest(\(marks.map(\.kind.rawValue)), \(marks.map(\.value))) AS mark (kind, value)
          CROSS JOIN LATERAL (
            (SELECT referral_id, seen_at FROM traces
            WHERE store_id = \(store.value) AND kind = mark.kind AND value = mark.value
              AND seen_at <= \(date)
            ORDER BY seen_at DESC LIMIT \(Self.timesLimit) + 1)
            UNION ALL
            (SELECT referral_id, seen_at FROM traces
            WHERE store_id = \(store.value) AND kind = mark.kind AND value = mark.value
              AND seen_at > \(date)
            ORDER BY seen_at LIMIT \(Self.timesLimit))
          ) AS near
          WHERE near.referral_id <> \(referral)
          GROUP BY mark.kind, near.referral_id
        ) AS orders
      ) AS placed
      WHERE place <= \(Self.timesLimit)
      GROUP BY kind
      """
    ) { row in
      (
        try row.decode("kind", as: String.self),
        try row.decode("times", as: [Int].self).map { Double($0) / 1000 }
      )
    }
    return Dictionary(
      found.compactMap { name, times in TraceRepository.Kind(rawValue: name).map { ($0, times) } }
    ) { first, _ in first }
  }

  /// What is known of a code, seen from the order of a referral; `nil` when the code is gone. How far
  /// others are from it goes by when Laurel heard of them.
  ///
  /// - Parameter date: when the order was placed, which counts where it has no referral.
  /// - Throws: `PostgresError`.
  package func code(
    store: StoreID, _ code: ReferralCode, referral: Int, orderedAt date: Date
  ) async throws -> CodeRecord? {
    try await session.first(
      """
      SELECT code.created_at, decided.due, decided.fallen, ARRAY(
          SELECT abs(extract(epoch FROM near.created_at - own.created_at) * 1000)::bigint
          FROM (
            (SELECT id, created_at FROM referrals
            WHERE store_id = \(store.value) AND ref_code = \(code.value)
              AND created_at <= own.created_at
            ORDER BY created_at DESC LIMIT \(Self.timesLimit) + 1)
            UNION ALL
            (SELECT id, created_at FROM referrals
            WHERE store_id = \(store.value) AND ref_code = \(code.value)
              AND created_at > own.created_at
            ORDER BY created_at LIMIT \(Self.timesLimit))
          ) AS near
          WHERE near.id <> \(referral) ORDER BY 1 LIMIT \(Self.timesLimit)
        ) AS times
      FROM referral_codes AS code
      CROSS JOIN LATERAL (
        SELECT coalesce((
          SELECT created_at FROM referrals WHERE store_id = \(store.value) AND id = \(referral)
        ), \(date)) AS created_at
      ) AS own
      CROSS JOIN LATERAL (
        SELECT count(*) AS due, count(*) FILTER (WHERE state = 'rejected') AS fallen
        FROM (
          SELECT state FROM (
            SELECT id, state, decided_at FROM referrals
            WHERE store_id = \(store.value) AND ref_code = \(code.value)
              AND state <> 'tracked' AND decided_at IS NOT NULL AND id <> \(referral)
            ORDER BY decided_at DESC LIMIT \(Self.decidedLimit)
          ) AS latest
          -- An order that was refused at once has no reward.
          WHERE state IN ('paid', 'rewarded') OR state = 'rejected' AND EXISTS (
            SELECT FROM rewards
            WHERE rewards.store_id = \(store.value) AND rewards.referral_id = latest.id)
          ORDER BY decided_at DESC LIMIT \(Self.dueLimit)
        ) AS due
      ) AS decided
      WHERE code.store_id = \(store.value) AND code.code = \(code.value)
      """
    ) { row in
      CodeRecord(
        createdAt: try row.decode("created_at", as: Date.self),
        times: try row.decode("times", as: [Int].self).map { Double($0) / 1000 },
        due: try row.decode("due", as: Int.self), fallen: try row.decode("fallen", as: Int.self))
    }
  }

  /// The median of the order values of the last orders in a channel and a currency on which the
  /// rules decided, and of how many it is taken; `nil` when there are none. The rules decide on an
  /// order once, so that none counts twice.
  /// - Throws: `PostgresError`.
  package func usualValue(
    store: StoreID, channel: String, currency: Currency
  ) async throws -> (median: Decimal, count: Int)? {
    let found = try await session.first(
      """
      SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY order_value) AS median,
        count(*) AS count
      FROM (
        SELECT order_value FROM decisions
        WHERE store_id = \(store.value) AND channel = \(channel)
          AND order_currency = \(currency.code) AND decided_by = 'rules'
          AND order_value IS NOT NULL
        ORDER BY decided_at DESC LIMIT \(Self.valuesLimit)
      ) AS latest
      """
    ) { row in
      (
        median: try row.decode("median", as: Decimal?.self),
        count: try row.decode("count", as: Int.self)
      )
    }
    guard let found, let median = found.median else { return nil }
    return (median, found.count)
  }

  /// Whether one of these gift cards at the store is a reward.
  /// - Throws: `PostgresError`.
  package func isReward(store: StoreID, giftCards: [String]) async throws -> Bool {
    guard !giftCards.isEmpty else { return false }
    return try await session.first(
      """
      SELECT EXISTS (
        SELECT FROM unnest(\(giftCards)) AS used (id)
        JOIN rewards ON rewards.store_id = \(store.value) AND rewards.gift_card_id = used.id
      ) AS is_reward
      """
    ) { row in try row.decode("is_reward", as: Bool.self) } ?? false
  }
}
