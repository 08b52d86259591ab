package import Domain
package import FoundationEssentials
package import Postgres

/// The codes that customers share.
package struct CodeRepository: Sendable {
  /// A code as the ledger has it.
  package struct Record: Sendable, Equatable {
    /// Its number.
    package let id: Int
    /// The code itself.
    package let code: ReferralCode
    /// The customer who shares it.
    package let referrerUserID: String
    /// His address.
    package let referrerEmail: EmailAddress
    /// Whether it is in force.
    package let isActive: Bool
    /// When it was issued.
    package let createdAt: Date
  }

  let session: any PostgresSession

  /// Works on `session`.
  package init(_ session: any PostgresSession) {
    self.session = session
  }

  /// Writes a code for a user who has none. `nil` when the code is taken or the user has one.
  /// - Throws: `PostgresError`.
  package func insert(
    store: StoreID, code: ReferralCode, userID: String, email: EmailAddress
  ) async throws -> Record? {
    try await session.first(
      """
      INSERT INTO referral_codes (store_id, code, referrer_user_id, referrer_email)
      VALUES (\(store.value), \(code.value), \(userID), \(email.normalized))
      ON CONFLICT DO NOTHING
      RETURNING id, code, referrer_user_id, referrer_email, status, created_at
      """, Self.record)
  }

  /// The code of a user.
  /// - Throws: `PostgresError`.
  package func find(store: StoreID, userID: String) async throws -> Record? {
    try await session.first(
      """
      SELECT id, code, referrer_user_id, referrer_email, status, created_at FROM referral_codes
      WHERE store_id = \(store.value) AND referrer_user_id = \(userID)
      """, Self.record)
  }

  /// The code of this text.
  /// - Throws: `PostgresError`.
  package func find(store: StoreID, code: ReferralCode) async throws -> Record? {
    try await session.first(
      """
      SELECT id, code, referrer_user_id, referrer_email, status, created_at FROM referral_codes
      WHERE store_id = \(store.value) AND code = \(code.value)
      """, Self.record)
  }

  /// The code of this text; other decisions about it wait until this transaction ends, so that
  /// what was counted for it stays true.
  /// - Throws: `PostgresError`.
  package func hold(store: StoreID, code: ReferralCode) async throws -> Record? {
    try await session.first(
      """
      SELECT id, code, referrer_user_id, referrer_email, status, created_at FROM referral_codes
      WHERE store_id = \(store.value) AND code = \(code.value)
      FOR NO KEY UPDATE
      """, Self.record)
  }

  /// Holds the code of a user, if he has one, until this transaction ends. Whoever holds a code takes it
  /// before rewards and referrals.
  /// - Throws: `PostgresError`.
  package func hold(store: StoreID, userID: String) async throws {
    try await session.execute(
      """
      SELECT FROM referral_codes
      WHERE store_id = \(store.value) AND referrer_user_id = \(userID)
      FOR NO KEY UPDATE
      """)
  }

  @Sendable private static func record(_ row: borrowing Row) throws -> Record {
    guard let code = ReferralCode(typed: try row.decode("code", as: String.self)),
      let email = EmailAddress(try row.decode("referrer_email", as: String.self))
    else { throw LedgerError.unknownValue("referral_codes") }
    return Record(
      id: try row.decode("id", as: Int.self), code: code,
      referrerUserID: try row.decode("referrer_user_id", as: String.self),
      referrerEmail: email, isActive: try row.decode("status", as: String.self) == "active",
      createdAt: try row.decode("created_at", as: Date.self))
  }
}
