package import Domain
import Postgres

extension CodeRepository {
  /// A code that is to be written for a user.
  package struct Draft: Sendable {
    /// The user's id at the store.
    package let userID: String
    /// His address.
    package let email: EmailAddress
    /// The code.
    package let code: ReferralCode

    /// Puts a draft together.
    package init(userID: String, email: EmailAddress, code: ReferralCode) {
      self.userID = userID
      self.email = email
      self.code = code
    }
  }

  /// Writes codes for users who have none, and passes over those who have one or whose code is
  /// taken. Returns the users who have got theirs.
  /// - Throws: `PostgresError`.
  package func insert(store: StoreID, _ drafts: [Draft]) async throws -> Set<String> {
    // In one sequence everywhere, so that two workers cannot deadlock.
    let sorted = drafts.sorted { $0.userID < $1.userID }
    return Set(
      try await session.rows(
        """
        INSERT INTO referral_codes (store_id, code, referrer_user_id, referrer_email)
        SELECT \(store.value), draft.code, draft.user_id, draft.email
        FROM unnest(
          \(sorted.map(\.code.value)), \(sorted.map(\.userID)), \(sorted.map(\.email.normalized))
        ) WITH ORDINALITY AS draft (code, user_id, email, position)
        WHERE NOT EXISTS (
          SELECT FROM referral_codes AS held
          WHERE held.store_id = \(store.value) AND held.referrer_user_id = draft.user_id
        )
        ORDER BY draft.position
        ON CONFLICT DO NOTHING
        RETURNING referrer_user_id
        """
      ) { row in try row.decode("referrer_user_id", as: String.self) })
  }

  /// Those of the users who have a code.
  /// - Throws: `PostgresError`.
  package func holders(store: StoreID, among userIDs: [String]) async throws -> Set<String> {
    Set(
      try await session.rows(
        """
        SELECT referrer_user_id FROM referral_codes
        WHERE store_id = \(store.value) AND referrer_user_id = ANY (\(userIDs))
        """
      ) { row in try row.decode("referrer_user_id", as: String.self) })
  }
}
