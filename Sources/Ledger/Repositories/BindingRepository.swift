package import Domain
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

    /// Puts a claim together.
    package init(customerID: String, email: EmailAddress?, code: ReferralCode) {
      self.customerID = customerID
      self.email = email
      self.code = code
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
