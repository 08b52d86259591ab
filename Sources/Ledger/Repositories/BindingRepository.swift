package import Domain
package import FoundationEssentials
package import Postgres

/// Newcomers who named a code when they registered: their later orders count although they name
/// none.
package struct BindingRepository: Sendable {
  /// A newcomer's claim.
  package struct Claim: Sendable {
    /// The newcomer's id at the store.
    package let customerID: String
    /// His address.
    package let email: EmailAddress?
    /// The code that he named.
    package let code: ReferralCode
    /// When he registered, by the store's clock; `nil` when the event does not tell.
    package let registeredAt: Date?

    /// Puts a claim together.
    package init(
      customerID: String, email: EmailAddress?, code: ReferralCode, registeredAt: Date?
    ) {
      self.customerID = customerID
      self.email = email
      self.code = code
      self.registeredAt = registeredAt
    }
  }

  private let session: any PostgresSession

  /// Works on `session`.
  package init(_ session: any PostgresSession) {
    self.session = session
  }

  /// Binds newcomers to the codes that they named, for `days`. A customer is new once: what he
  /// claimed first stays. A newcomer who names his own code has not chosen it: it is what Laurel
  /// wrote into his metadata, told by a later event of his creation.
  /// - Throws: `PostgresError`.
  package func bind(store: StoreID, _ claims: [Claim], days: Int) async throws {
    // In one sequence everywhere, so that two workers cannot deadlock.
    let sorted = claims.sorted { $0.customerID < $1.customerID }
    try await session.execute(
      """
      INSERT INTO bindings (store_id, customer_id, mailbox, ref_code, expires_at)
      SELECT \(store.value), claim.customer_id, claim.mailbox, claim.code,
        now() + \(days) * interval '1 day'
      FROM unnest(
        \(sorted.map(\.customerID)), \(sorted.map { $0.email?.mailbox }),
        \(sorted.map(\.code.value))
      ) WITH ORDINALITY AS claim (customer_id, mailbox, code, position)
      WHERE NOT EXISTS (
        SELECT FROM referral_codes AS own
        WHERE own.store_id = \(store.value) AND own.code = claim.code
          AND own.referrer_user_id = claim.customer_id
      )
      ORDER BY claim.position
      ON CONFLICT DO NOTHING
      """)
  }

  /// The paid orders that newcomers placed after they registered and that nothing follows yet, with
  /// the codes to which the newcomers are bound: the store delivers in any sequence, and the event
  /// of a registration can come long after that of the order. Of each newcomer the first order is
  /// found; one from before the store was connected is nobody's.
  /// - Throws: `PostgresError`.
  package func ordersMissed(
    store: StoreID, by claims: [Claim]
  ) async throws -> [(orderID: String, code: ReferralCode)] {
    let found = try await session.rows(
      """
      SELECT DISTINCT ON (claim.customer_id) bought.order_id, binding.ref_code
      FROM unnest(
        \(claims.map(\.customerID)), \(claims.map { $0.email?.mailbox }),
        \(claims.map(\.registeredAt))
      ) AS claim (customer_id, mailbox, registered_at)
      JOIN bindings AS binding
        ON binding.store_id = \(store.value) AND binding.customer_id = claim.customer_id
      CROSS JOIN LATERAL (
        SELECT order_id, ordered_at FROM buyers
        WHERE store_id = \(store.value) AND customer_id = claim.customer_id
        UNION
        SELECT order_id, ordered_at FROM buyers
        WHERE store_id = \(store.value) AND mailbox = claim.mailbox
      ) AS bought
      WHERE bought.ordered_at >= claim.registered_at AND binding.expires_at > now()
        AND bought.ordered_at >= (SELECT created_at FROM stores WHERE id = \(store.value))
        AND NOT EXISTS (
          SELECT FROM referrals
          WHERE store_id = \(store.value) AND order_id = bought.order_id)
      ORDER BY claim.customer_id, bought.ordered_at
      """
    ) { row in
      (
        try row.decode("order_id", as: String.self), try row.decode("ref_code", as: String.self)
      )
    }
    return found.compactMap { orderID, text in
      ReferralCode(typed: text).map { (orderID: orderID, code: $0) }
    }
  }

  /// The codes in force for buyers, by their position: of the customer himself, else of the newest
  /// customer with the same mailbox.
  /// - Throws: `PostgresError`.
  package func codes(
    store: StoreID, buyers: [(customerID: String?, email: EmailAddress?)]
  ) async throws -> [Int: ReferralCode] {
    let found = try await session.rows(
      """
      SELECT buyer.position, binding.ref_code
      FROM unnest(\(buyers.map(\.customerID)), \(buyers.map { $0.email?.mailbox }))
        WITH ORDINALITY AS buyer (customer_id, mailbox, position)
      CROSS JOIN LATERAL (
        SELECT ref_code FROM bindings
        WHERE store_id = \(store.value) AND expires_at > now()
          AND (customer_id = buyer.customer_id OR mailbox = buyer.mailbox)
        ORDER BY coalesce(customer_id = buyer.customer_id, false) DESC, bound_at DESC LIMIT 1
      ) AS binding
      """
    ) { row in
      (
        try row.decode("position", as: Int.self) - 1,
        try row.decode("ref_code", as: String.self)
      )
    }
    return Dictionary(
      found.compactMap { position, text in
        ReferralCode(typed: text).map { (position, $0) }
      }
    ) { first, _ in first }
  }
}
