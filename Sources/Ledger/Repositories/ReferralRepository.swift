package import Domain
package import FoundationEssentials
package import Postgres

/// The orders that name a code, and what was decided of them.
package struct ReferralRepository: Sendable {
  /// A referral that is tracked or in review, and that a worker holds.
  package struct Claim: Sendable {
    /// Its number.
    package let id: Int
    /// The order that it follows.
    package let orderID: String
    /// How many events had named the order when the claim was made.
    package let hints: Int
    /// How many looks at the order have come to an end since its last event, this one included.
    package let checks: Int
    /// How often since its last event the facts for the rules could not be gathered.
    package let factFailures: Int
    /// Proof that the claim still holds.
    package let epoch: Int
    /// Whether the referral has waited longer than any order is waited for.
    package let isOverdue: Bool
    /// How many seconds ago the order was first seen paid; `nil` where nothing was held back.
    package let secondsSincePaid: Int?
    /// Whether its rewards are held back still.
    package let isHeldBack: Bool
    /// Where its review stands; `nil` when it is in none.
    package let review: Review?
  }

  /// Where a review stands.
  package struct Review: Sendable, Equatable {
    /// Whether somebody approved the case.
    package let isApproved: Bool
    /// What he noted.
    package let note: String?
    /// Whether the time is over in which somebody can decide.
    package let isOver: Bool
    /// Whether what was decided has waited longer than any order is waited for.
    package let isOverdue: Bool
    /// When the order that was sent to review had been changed last, by the store's clock.
    package let orderUpdatedAt: Date?
  }

  /// The buyer and the code as they were read back from the store.
  package struct Particulars: Sendable {
    /// The code that the order names.
    package let code: ReferralCode?
    /// The order's number.
    package let orderNumber: String
    /// The buyer's id at the store; `nil` for a guest.
    package let customerID: String?
    /// The address on the order; `nil` also for a buyer who is forgotten.
    package let email: EmailAddress?
    /// The mailbox of the address on the order, or the pseudonym of one that is forgotten.
    package let mailbox: String?
    /// Whether the buyer is forgotten.
    package let isForgotten: Bool
    /// When the order was changed last, by the store's clock.
    package let orderUpdatedAt: Date

    /// Puts the particulars together.
    package init(
      code: ReferralCode?, orderNumber: String, customerID: String?, email: EmailAddress?,
      mailbox: String?, isForgotten: Bool, orderUpdatedAt: Date
    ) {
      self.code = code
      self.orderNumber = orderNumber
      self.customerID = customerID
      self.email = email
      self.mailbox = mailbox
      self.isForgotten = isForgotten
      self.orderUpdatedAt = orderUpdatedAt
    }
  }

  /// A referral for which a reward was due.
  package struct Earlier: Sendable, Equatable {
    /// Its order's id.
    package let orderID: String
    /// The order's number; the id while the number is not known.
    package let orderNumber: String
    /// The code that earned the reward.
    package let code: String
  }

  /// Where a referral stands.
  package struct Standing: Sendable, Equatable {
    /// tracked, review, paid, rewarded or rejected.
    package let state: String
    /// The rule that refused or waits.
    package let rule: String?
    /// Its reason.
    package let reason: String?
  }

  /// How long an order is waited for before it is given up.
  package static let patience = "30 days"

  let session: any PostgresSession

  /// Works on `session`.
  package init(_ session: any PostgresSession) {
    self.session = session
  }

  /// Holds the referrals of orders until the surrounding transaction ends. They are locked in the
  /// sequence of the bytes of their order's id, whatever the database's collation, so that two
  /// workers cannot deadlock.
  /// - Throws: `PostgresError`.
  package func hold(store: StoreID, orders: [String]) async throws {
    try await session.execute(
      """
      SELECT FROM referrals WHERE store_id = \(store.value) AND order_id = ANY (\(orders))
      ORDER BY order_id COLLATE "C" FOR UPDATE
      """)
  }

  /// Follows orders that events named: makes a tracked referral, or has the one that exists looked
  /// at again at once, also one in review. Decided referrals stay as they are.
  /// - Throws: `PostgresError`.
  package func track(
    store: StoreID, _ orders: [(orderID: String, code: ReferralCode)]
  ) async throws {
    let byOrder = Dictionary(orders.map { ($0.orderID, $0.code) }) { first, _ in first }
    // In the sequence of `hold`: ids at the store are ASCII.
    let sorted = byOrder.sorted { $0.key < $1.key }
    try await session.execute(
      """
      INSERT INTO referrals (store_id, order_id, ref_code)
      SELECT \(store.value), named.order_id, named.code
      FROM unnest(\(sorted.map(\.key)), \(sorted.map(\.value.value))) AS named (order_id, code)
      ON CONFLICT (store_id, order_id) DO UPDATE
      SET hints = referrals.hints + 1, checks = 0, fact_failures = 0, next_check_at = now()
      WHERE referrals.state IN ('tracked', 'review')
      """)
  }

  /// Follows orders whose rewards were found at the store, also those that name no code: the binding
  /// that led to them may be lost. Referrals that exist stay as they are.
  /// - Throws: `PostgresError`.
  package func trackFound(
    store: StoreID, _ orders: [(orderID: String, code: ReferralCode?)]
  ) async throws {
    let byOrder = Dictionary(orders.map { ($0.orderID, $0.code?.value ?? "") }) { first, _ in first
    }
    // In the sequence of `hold`: ids at the store are ASCII.
    let sorted = byOrder.sorted { $0.key < $1.key }
    try await session.execute(
      """
      INSERT INTO referrals (store_id, order_id, ref_code)
      SELECT \(store.value), named.order_id, named.code
      FROM unnest(\(sorted.map(\.key)), \(sorted.map(\.value))) AS named (order_id, code)
      ON CONFLICT (store_id, order_id) DO NOTHING
      """)
  }

  /// Claims referrals that are due, tracked or in review, for `lease`; with `onlyFound`, none but those whose
  /// reward was found at the store.
  /// - Throws: `PostgresError`.
  package func claimDue(
    store: StoreID, limit: Int, lease: Duration, onlyFound: Bool = false
  ) async throws -> [Claim] {
    try await session.rows(
      """
      WITH due AS MATERIALIZED (
        SELECT id FROM referrals
        WHERE store_id = \(store.value) AND state IN ('tracked', 'review')
          AND next_check_at <= now()
          AND (lease_until IS NULL OR lease_until < now())
          AND id::text <> ALL ((SELECT taken_keys(\(store.value), 'decide'))::text[])
          AND (NOT \(onlyFound) OR order_id IN (
            SELECT found.order_id FROM found_codes AS found
            WHERE found.store_id = \(store.value) AND adopted_at IS NULL AND problem IS NULL))
        ORDER BY next_check_at LIMIT \(limit) FOR UPDATE SKIP LOCKED
      )
      UPDATE referrals SET lease_until = now() + \(lease.milliseconds) * interval '1 millisecond',
        epoch = epoch + 1
      FROM due
      WHERE referrals.store_id = \(store.value) AND referrals.id = due.id
      RETURNING referrals.id, order_id, hints, checks + 1 AS checks, fact_failures, epoch,
        -- What is held back is not waited for.
        greatest(created_at, held_until) < now() - \(Self.patience)::interval AS is_overdue,
        floor(extract(epoch FROM now() - paid_at))::bigint AS seconds_since_paid,
        coalesce(state = 'tracked' AND held_until > now(), false) AS is_held_back,
        state = 'review' AS is_in_review, review_verdict IS NOT NULL AS is_approved,
        review_note,
        coalesce(review_until <= now(), false) AS is_over, order_updated_at, coalesce(
          coalesce(reviewed_at, review_until) < now() - \(Self.patience)::interval, false
        ) AS is_review_overdue
      """
    ) { row in
      Claim(
        id: try row.decode("id", as: Int.self),
        orderID: try row.decode("order_id", as: String.self),
        hints: try row.decode("hints", as: Int.self),
        checks: try row.decode("checks", as: Int.self),
        factFailures: try row.decode("fact_failures", as: Int.self),
        epoch: try row.decode("epoch", as: Int.self),
        isOverdue: try row.decode("is_overdue", as: Bool.self),
        secondsSincePaid: try row.decode("seconds_since_paid", as: Int?.self),
        isHeldBack: try row.decode("is_held_back", as: Bool.self),
        review: try row.decode("is_in_review", as: Bool.self)
          ? Review(
            isApproved: try row.decode("is_approved", as: Bool.self),
            note: try row.decode("review_note", as: String?.self),
            isOver: try row.decode("is_over", as: Bool.self),
            isOverdue: try row.decode("is_review_overdue", as: Bool.self),
            orderUpdatedAt: try row.decode("order_updated_at", as: Date?.self)) : nil)
    }
  }

  /// Puts a claimed referral back for a later look; at once when another event came meanwhile. One
  /// that is open to review keeps the rule and the reason for which it is, and is looked at when its
  /// time is over at the latest; without a `delay` not before. Returns false when the claim no
  /// longer held.
  ///
  /// - Parameter factFailures: how often the facts could not be gathered by now; 0 unless the look
  ///   ended before or in gathering them.
  /// - Throws: `PostgresError`.
  package func putBack(
    store: StoreID, _ claim: Claim, after delay: Duration?, rule: String?, reason: String?,
    factFailures: Int = 0
  ) async throws -> Bool {
    try await session.execute(
      """
      UPDATE referrals SET lease_until = NULL, updated_at = now(),
        rule = CASE state WHEN 'tracked' THEN \(rule) ELSE rule END,
        reason = CASE state WHEN 'tracked' THEN \(reason) ELSE reason END,
        checks = CASE WHEN hints = \(claim.hints) THEN checks + 1 ELSE checks END,
        fact_failures = CASE WHEN hints = \(claim.hints) THEN \(factFailures) ELSE 0 END,
        next_check_at = CASE
          WHEN hints <> \(claim.hints) THEN now()
          WHEN state = 'review' AND review_verdict IS NULL AND review_until > now()
          THEN least(
            review_until, now() + \(delay?.milliseconds) * interval '1 millisecond')
          ELSE now() + \(delay?.milliseconds ?? 0) * interval '1 millisecond' END
      WHERE store_id = \(store.value) AND id = \(claim.id) AND state IN ('tracked', 'review')
        AND epoch = \(claim.epoch)
      """) == 1
  }

  /// The referrals of the same order or the same buyer for which a reward was due. One that was
  /// taken back counts as long as its reward may have been spent: otherwise the same pair could
  /// earn, spend and cancel without end. The pseudonyms of the buyer's address count as mailboxes of
  /// his.
  /// - Throws: `PostgresError`.
  package func earlier(
    store: StoreID, orderID: String, customerID: String?, mailboxes: [String]
  ) async throws -> [Earlier] {
    try await session.rows(
      """
      SELECT order_id, coalesce(order_number, order_id) AS order_number, ref_code FROM referrals
      WHERE store_id = \(store.value) AND state IN ('paid', 'rewarded')
        AND (referred_customer_id = \(customerID) OR referred_mailbox = ANY (\(mailboxes))
          OR order_id = \(orderID))
      UNION ALL
      SELECT order_id, coalesce(order_number, order_id), ref_code FROM referrals
      WHERE store_id = \(store.value) AND state = 'rejected'
        AND (referred_customer_id = \(customerID) OR referred_mailbox = ANY (\(mailboxes)))
        AND EXISTS (
          SELECT FROM rewards
          WHERE rewards.store_id = referrals.store_id AND rewards.referral_id = referrals.id
            AND (rewards.status = 'revoking' OR rewards.shortfall > 0))
      """
    ) { row in
      Earlier(
        orderID: try row.decode("order_id", as: String.self),
        orderNumber: try row.decode("order_number", as: String.self),
        code: try row.decode("ref_code", as: String.self))
    }
  }

  /// For how many referrals of a code a reward was due, and not taken back unspent, today and in this month, by calendar in UTC.
  /// The count is exact while the caller holds the code (`CodeRepository.hold`).
  /// - Throws: `PostgresError`.
  package func tally(
    store: StoreID, code: ReferralCode
  ) async throws -> (today: Int, thisMonth: Int) {
    let tally = try await session.first(
      """
      SELECT count(*) AS this_month,
        count(*) FILTER (WHERE decided_at >= date_trunc('day', now(), 'UTC')) AS today
      FROM referrals
      WHERE store_id = \(store.value) AND ref_code = \(code.value)
        AND state <> 'tracked' AND decided_at >= date_trunc('month', now(), 'UTC')
        AND (state IN ('paid', 'rewarded') OR state = 'rejected' AND EXISTS (
          SELECT FROM rewards
          WHERE rewards.store_id = referrals.store_id AND rewards.referral_id = referrals.id
            AND (rewards.status = 'revoking' OR rewards.shortfall > 0)))
      """
    ) { row in
      (
        today: try row.decode("today", as: Int.self),
        thisMonth: try row.decode("this_month", as: Int.self)
      )
    }
    return tally ?? (0, 0)
  }

  /// Where the referral of an order stands; `nil` when the order named no code.
  /// - Throws: `PostgresError`.
  package func find(store: StoreID, orderID: String) async throws -> Standing? {
    try await session.first(
      """
      SELECT state, rule, reason FROM referrals
      WHERE store_id = \(store.value) AND order_id = \(orderID)
      """
    ) { row in
      Standing(
        state: try row.decode("state", as: String.self),
        rule: try row.decode("rule", as: String?.self),
        reason: try row.decode("reason", as: String?.self))
    }
  }

  /// Notes that a reward of a paid referral exists at the store, or stands no longer: when nothing of
  /// what is owed is missing there, the referral is rewarded. Returns false when it was not waiting
  /// for that.
  /// - Throws: `PostgresError`.
  package func markRewarded(store: StoreID, referralID: Int) async throws -> Bool {
    // Its row first: of two workers with one reward each, the second sees what the first wrote.
    let isPaid = try await session.first(
      """
      SELECT state = 'paid' AS is_paid FROM referrals
      WHERE store_id = \(store.value) AND id = \(referralID) FOR NO KEY UPDATE
      """
    ) { row in try row.decode("is_paid", as: Bool.self) }
    guard isPaid == true else { return false }
    try await session.execute(
      """
      UPDATE referrals SET state = 'rewarded', updated_at = now()
      WHERE store_id = \(store.value) AND id = \(referralID) AND state = 'paid' AND NOT EXISTS (
        SELECT FROM rewards WHERE rewards.store_id = \(store.value)
          AND rewards.referral_id = \(referralID) AND rewards.status IN ('pending', 'dead'))
      """)
    return true
  }
}
