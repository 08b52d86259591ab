import Domain
import Postgres

/// What decisions forget of a customer.
extension ErasureRepository {
  /// The names of the facts that tell who somebody is.
  package struct PersonalFacts: Sendable {
    /// Those about the buyer.
    package let ofBuyer: [String]
    /// Those about the referrer.
    package let ofReferrer: [String]

    /// Facts with these names.
    package init(ofBuyer: [String], ofReferrer: [String]) {
      self.ofBuyer = ofBuyer
      self.ofReferrer = ofReferrer
    }
  }

  /// Takes what tells who a customer is out of the facts of decisions, and notes which facts those
  /// were; the decisions stay. Cases of his code that are in review are looked at again: it counts
  /// no more.
  func eraseFacts(
    store: StoreID, _ claim: Claim, mailboxes: [String], _ facts: PersonalFacts
  ) async throws {
    try await session.execute(
      """
      WITH known AS (
        SELECT id FROM referrals
        WHERE store_id = \(store.value) AND referred_customer_id = \(claim.customerID)
        UNION
        SELECT id FROM referrals
        WHERE store_id = \(store.value) AND state IN ('paid', 'rewarded')
          AND referred_mailbox = ANY (\(mailboxes))
        UNION
        SELECT id FROM referrals
        WHERE store_id = \(store.value) AND state = 'rejected'
          AND referred_mailbox = ANY (\(mailboxes))
        UNION
        SELECT id FROM referrals
        WHERE store_id = \(store.value) AND state = 'review'
          AND referred_mailbox = ANY (\(mailboxes))
      )
      UPDATE decisions SET facts = (facts::jsonb - \(facts.ofBuyer))::text,
        erased_facts = ARRAY(
          SELECT unnest(erased_facts) UNION
          SELECT name FROM unnest(\(facts.ofBuyer)) AS name WHERE facts::jsonb ? name
          ORDER BY 1)
      FROM known
      WHERE decisions.store_id = \(store.value) AND decisions.referral_id = known.id
        AND facts::jsonb ?| \(facts.ofBuyer)
      """)
    try await session.execute(
      """
      UPDATE decisions SET facts = (facts::jsonb - \(facts.ofReferrer))::text,
        erased_facts = ARRAY(
          SELECT unnest(erased_facts) UNION
          SELECT name FROM unnest(\(facts.ofReferrer)) AS name WHERE facts::jsonb ? name
          ORDER BY 1)
      FROM referral_codes
      JOIN referrals ON referrals.store_id = referral_codes.store_id
        AND referrals.ref_code = referral_codes.code
      WHERE referral_codes.store_id = \(store.value)
        AND referral_codes.referrer_user_id = \(claim.customerID)
        AND decisions.store_id = \(store.value) AND decisions.referral_id = referrals.id
        AND facts::jsonb ?| \(facts.ofReferrer)
      """)
    try await session.execute(
      """
      UPDATE referrals SET hints = hints + 1, checks = 0, next_check_at = now()
      FROM referral_codes
      WHERE referral_codes.store_id = \(store.value)
        AND referral_codes.referrer_user_id = \(claim.customerID)
        AND referrals.store_id = \(store.value) AND referrals.state = 'review'
        AND referrals.ref_code = referral_codes.code
      """)
  }
}
