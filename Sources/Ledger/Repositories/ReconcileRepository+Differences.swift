package import Domain
package import FoundationEssentials
import Postgres

/// What differs between the rewards and the codes that this session's `StoreCodeRepository` holds.
///
/// `settled` is an instant by the database's clock, before the store was read: what changed in the
/// ledger after it is not compared, because the store's answers can be older.
extension ReconcileRepository {
  /// A difference, and how many of its kind there are.
  package struct Row: Sendable {
    /// The difference.
    package let difference: Difference
    /// Whether the code's order is on its way to being decided, so that it will be known.
    package let isAdopting: Bool
    /// How many there are of this kind and `isAdopting`.
    package let total: Int
  }

  /// Rewards that the ledger and the store both know, and in which they differ.
  /// - Throws: `PostgresError`, `LedgerError`.
  package func known(store: StoreID, settled: Date) async throws -> [Row] {
    try await session.rows(
      """
      WITH pair AS (
        SELECT rewards.id, rewards.order_id, rewards.status, rewards.amount, rewards.currency,
          rewards.percent_off, code.object_id, code.kind, code.amount AS store_amount,
          code.percent_off AS store_percent,
          code.currency AS store_currency, code.spent, code.is_active, code.is_revoked,
          coalesce(gift_card_id, voucher_id) AS own_object_id,
          rewards.status IN ('issued', 'delivered', 'used', 'expired')
            AND issued_at < \(settled) AS is_issued,
          taken_back_at < \(settled) AS is_settled,
          code.ends_at IS NOT NULL AND code.ends_at <= now() AS has_ended,
          code.kind = 'voucher' AND code.is_used AS is_used_up
        FROM store_codes AS code
        JOIN rewards ON rewards.store_id = \(store.value) AND rewards.id = code.reward_id
      ), difference AS (
        SELECT *, unnest(array_remove(ARRAY[
          CASE WHEN status = 'revoked' AND is_settled AND is_active AND NOT has_ended
            AND NOT is_used_up THEN 'revived' END,
          CASE WHEN status = 'rejected' AND is_active AND NOT has_ended AND NOT is_used_up
            THEN 'refused' END,
          CASE WHEN status = 'dead' THEN 'given_up' END,
          CASE WHEN is_issued AND is_revoked THEN 'taken_back' END,
          CASE WHEN is_issued AND NOT is_active AND NOT is_revoked AND NOT has_ended
            AND (kind = 'voucher' OR spent < store_amount) THEN 'switched_off' END,
          CASE WHEN is_issued AND own_object_id = object_id AND
            (CASE WHEN coalesce(percent_off, store_percent) IS NULL
              THEN store_amount IS DISTINCT FROM amount
              ELSE store_percent IS DISTINCT FROM percent_off END OR store_currency <> currency)
            THEN 'worth' END,
          CASE WHEN is_issued AND own_object_id <> object_id AND NOT EXISTS (
            SELECT FROM store_codes AS own WHERE own.object_id = pair.own_object_id)
            THEN 'other_code' END
        ], NULL)) AS difference FROM pair
      ), numbered AS (
        SELECT *, count(*) OVER (PARTITION BY difference) AS total,
          row_number() OVER (PARTITION BY difference ORDER BY id) AS place
        FROM difference
      )
      SELECT difference, id, order_id, object_id, total, CASE difference
        WHEN 'revived' THEN 'it was taken back, and can be used at the store'
        WHEN 'refused' THEN 'it was refused, and can be used at the store'
        WHEN 'given_up' THEN 'it was given up, and the store has it'
        WHEN 'taken_back' THEN 'it is ' || status || ', and Laurel made it worthless at the store'
        WHEN 'switched_off' THEN 'it is ' || status || ', and switched off at the store'
        WHEN 'worth' THEN 'it is worth '
          || coalesce(trim_scale(percent_off) || ' %', trim_scale(amount) || ' ' || currency)
          || ', and at the store '
          || coalesce(trim_scale(store_percent) || ' %', trim_scale(store_amount) || ' ' || store_currency, 'nothing in any channel')
        ELSE 'its code at the store is another one than ' || own_object_id
        END AS detail
      FROM numbered WHERE place <= \(Reconciliation.maximumDetails)
      ORDER BY difference, id
      """
    ) { row in
      guard
        let kind = Difference.Kind(rawValue: try row.decode("difference", as: String.self))
      else { throw LedgerError.unknownValue("store_codes") }
      return Row(
        difference: Difference(
          kind, rewardID: try row.decode("id", as: UUID.self).uuidString.lowercased(),
          orderID: try row.decode("order_id", as: String.self),
          promoCodeID: try row.decode("object_id", as: String.self),
          detail: try row.decode("detail", as: String.self)),
        isAdopting: false, total: try row.decode("total", as: Int.self))
    }
  }

  /// Codes of rewards that the ledger does not know.
  /// - Throws: `PostgresError`.
  package func unknown(store: StoreID) async throws -> [Row] {
    try await session.rows(
      """
      WITH unknown AS (
        SELECT code.reward_id, code.object_id, code.order_id, found.problem,
          found.reward_id IS NOT NULL AS is_found,
          found.problem IS NULL AND found.adopted_at IS NULL AND (
            EXISTS (
              SELECT FROM inbox WHERE inbox.store_id = found.store_id
                AND inbox.order_id = found.order_id AND inbox.outcome IS NULL)
            OR EXISTS (
              SELECT FROM referrals WHERE referrals.store_id = found.store_id
                AND referrals.order_id = found.order_id
                AND state IN ('tracked', 'review'))) AS is_adopting
        FROM store_codes AS code
        LEFT JOIN found_codes AS found ON found.store_id = \(store.value)
          AND found.reward_id = code.reward_id
        WHERE NOT EXISTS (
          SELECT FROM rewards
          WHERE rewards.store_id = \(store.value) AND rewards.id = code.reward_id)
      ), numbered AS (
        SELECT *, count(*) OVER (PARTITION BY is_adopting) AS total,
          row_number() OVER (PARTITION BY is_adopting ORDER BY object_id) AS place
        FROM unknown
      )
      SELECT reward_id, object_id, order_id, is_adopting, total, CASE
        WHEN reward_id IS NULL THEN 'what it names is no reward''s id'
        WHEN is_adopting THEN 'the ledger does not know its reward; its order is being decided'
        ELSE 'the ledger does not know its reward' || coalesce(': ' || problem, CASE WHEN is_found
          THEN ': its order was decided without it' ELSE '' END)
        END AS detail
      FROM numbered WHERE place <= \(Reconciliation.maximumDetails)
      ORDER BY is_adopting, object_id
      """
    ) { row in
      let isAdopting = try row.decode("is_adopting", as: Bool?.self) ?? false
      return Row(
        difference: Difference(
          .unknown,
          rewardID: try row.decode("reward_id", as: UUID?.self)?.uuidString.lowercased(),
          orderID: try row.decode("order_id", as: String?.self),
          promoCodeID: try row.decode("object_id", as: String.self),
          detail: try row.decode("detail", as: String.self), isRepaired: isAdopting),
        isAdopting: isAdopting, total: try row.decode("total", as: Int.self))
    }
  }

  /// Rewards that more than one code names.
  /// - Throws: `PostgresError`.
  package func doubled() async throws -> [Row] {
    try await session.rows(
      """
      SELECT reward_id, string_agg(object_id, ', ' ORDER BY object_id) AS object_ids,
        count(*) OVER () AS total
      FROM store_codes WHERE reward_id IS NOT NULL
      GROUP BY reward_id HAVING count(*) > 1
      ORDER BY reward_id LIMIT \(Reconciliation.maximumDetails)
      """
    ) { row in
      Row(
        difference: Difference(
          .doubled, rewardID: try row.decode("reward_id", as: UUID.self).uuidString.lowercased(),
          detail: "the store has several codes of it: "
            + (try row.decode("object_ids", as: String.self))),
        isAdopting: false, total: try row.decode("total", as: Int.self))
    }
  }

  /// Has rewards that were taken back, and can be used at the store, made worthless there again.
  /// Gives how many.
  /// - Throws: `PostgresError`.
  package func revive(store: StoreID, settled: Date) async throws -> Int {
    // The sums before the rewards, with one statement.
    try await session.execute(
      """
      WITH held AS MATERIALIZED (
        SELECT FROM campaign_budgets WHERE store_id = \(store.value)
        ORDER BY campaign_id COLLATE "C", currency COLLATE "C" FOR NO KEY UPDATE
      )
      UPDATE rewards SET status = 'revoking', attempts = 0, next_attempt_at = now(),
        first_attempt_at = now(), lease_until = NULL, epoch = epoch + 1
      FROM store_codes AS code
      WHERE store_id = \(store.value) AND id = code.reward_id AND status = 'revoked'
        AND taken_back_at < \(settled) AND code.is_active
        AND (code.ends_at IS NULL OR code.ends_at > now())
        AND NOT (code.kind = 'voucher' AND code.is_used)
        AND (SELECT count(*) FROM held) >= 0
      """)
  }

  /// The accounts of all rewards. What was spent, and what is left, are the store's figures where it
  /// has shown them; of what was issued after `settled`, the ledger's.
  /// - Throws: `PostgresError`, `LedgerError`.
  package func statements(store: StoreID, settled: Date) async throws -> [Statement] {
    var statements: [Currency: Statement] = [:]
    let rows = try await session.rows(
      """
      WITH reward AS (
        SELECT rewards.currency, rewards.amount, status, shortfall, code.currency AS store_currency,
          found.reward_id IS NOT NULL AS is_adopted, issued_at >= \(settled) AS is_fresh,
          status IN ('issued', 'delivered', 'used', 'expired') AS is_issued,
          CASE WHEN code.object_id IS NULL THEN status = 'expired'
            ELSE code.ends_at IS NOT NULL AND code.ends_at <= now() END AS has_ended,
          CASE WHEN code.object_id IS NULL
            THEN coalesce(spent_amount, CASE WHEN status = 'used' THEN rewards.amount END, 0)
            WHEN code.kind = 'voucher' THEN CASE WHEN code.is_used THEN rewards.amount ELSE 0 END
            ELSE code.spent END AS spent,
          CASE WHEN NOT code.is_active OR code.kind = 'voucher' AND code.is_used THEN 0
            WHEN code.percent_off IS NOT NULL THEN rewards.amount
            WHEN code.kind = 'voucher' THEN code.amount
            ELSE code.amount - code.spent END AS balance
        FROM rewards
        LEFT JOIN store_codes AS code
          ON code.object_id = coalesce(rewards.gift_card_id, rewards.voucher_id)
        LEFT JOIN found_codes AS found ON found.store_id = rewards.store_id
          AND found.reward_id = rewards.id AND adopted_at IS NOT NULL
        WHERE rewards.store_id = \(store.value)
      )
      SELECT currency, status, count(*) AS count, sum(amount) AS amount,
        count(*) FILTER (WHERE is_adopted) AS adopted_count,
        coalesce(sum(amount) FILTER (WHERE is_adopted), 0) AS adopted,
        coalesce(sum(spent) FILTER (WHERE is_issued), 0) AS spent,
        coalesce(sum(amount - spent) FILTER (WHERE is_issued AND has_ended), 0) AS expired,
        coalesce(sum(amount - spent) FILTER (WHERE is_issued AND NOT has_ended), 0)
          AS outstanding,
        coalesce(sum(CASE WHEN is_fresh THEN amount - spent
          WHEN store_currency = currency THEN balance END)
          FILTER (WHERE is_issued AND NOT has_ended), 0) AS balance,
        coalesce(sum(shortfall), 0) AS shortfall
      FROM reward GROUP BY currency, status
      """
    ) { row in
      guard let currency = Currency(try row.decode("currency", as: String.self)) else {
        throw LedgerError.unknownValue("rewards.currency")
      }
      return (
        currency: currency, status: try row.decode("status", as: String.self),
        entry: Statement.Entry(
          try row.decode("count", as: Int.self), try row.decode("amount", as: Decimal.self)),
        adopted: Statement.Entry(
          try row.decode("adopted_count", as: Int.self),
          try row.decode("adopted", as: Decimal.self)),
        spent: try row.decode("spent", as: Decimal.self),
        expired: try row.decode("expired", as: Decimal.self),
        outstanding: try row.decode("outstanding", as: Decimal.self),
        balance: try row.decode("balance", as: Decimal.self),
        shortfall: try row.decode("shortfall", as: Decimal.self)
      )
    }
    for row in rows {
      var statement = statements[row.currency] ?? Statement(currency: row.currency)
      switch RewardLife.State(status: row.status, isBegun: false) {
      case .pending, .creating: statement.inFlight += row.entry
      case .issued, .delivered, .used, .expired: statement.issued += row.entry
      case .revoking, .revoked: statement.clawedBack += row.entry
      case .rejected: statement.rejected += row.entry
      case .dead: statement.givenUp += row.entry
      case nil: break
      }
      statement.adopted += row.adopted
      statement.spent += row.spent
      statement.expired += row.expired
      statement.outstanding += row.outstanding
      statement.balanceAtStore += row.balance
      statement.shortfall += row.shortfall
      statements[row.currency] = statement
    }
    // Counted by themselves, so that no reward can fall between the parts.
    let due = try await session.rows(
      """
      SELECT currency, count(*) AS count, sum(amount) AS amount FROM rewards
      WHERE store_id = \(store.value) GROUP BY currency
      """
    ) { row in
      (
        Currency(try row.decode("currency", as: String.self)),
        Statement.Entry(
          try row.decode("count", as: Int.self), try row.decode("amount", as: Decimal.self))
      )
    }
    for (currency, entry) in due {
      guard let currency else { throw LedgerError.unknownValue("rewards.currency") }
      statements[currency, default: Statement(currency: currency)].due = entry
    }
    return Array(statements.values)
  }
}

extension Statement.Entry {
  fileprivate static func += (left: inout Self, right: Self) {
    left.count += right.count
    left.amount += right.amount
  }
}
