package import Domain
package import Postgres

/// Issues codes: one for each user, unique in its store.
package struct CodeDesk: Sendable {
  /// What came of a request for a code.
  package enum Outcome: Sendable, Equatable {
    /// A new code.
    case issued(CodeRepository.Record)
    /// The code that the user has already.
    case standing(CodeRepository.Record)
    /// The wished-for code belongs to somebody else.
    case taken
  }

  /// A customer who shall have a code.
  package struct Customer: Sendable {
    /// His id at the store.
    package let userID: String
    /// His address.
    package let email: EmailAddress

    /// Puts a customer together.
    package init(userID: String, email: EmailAddress) {
      self.userID = userID
      self.email = email
    }
  }

  private let store: StoreID
  private let codes: CodeRepository

  /// Issues in `store`.
  package init(store: StoreID, session: any PostgresSession) {
    self.store = store
    codes = CodeRepository(session)
  }

  /// Gives `userID` a code: the one that he has, else the wished-for one, else a fresh one.
  /// - Throws: `PostgresError`, `LedgerError`.
  package func issue(
    userID: String, email: EmailAddress, wished: ReferralCode? = nil
  ) async throws -> Outcome {
    // A drawn code is free at the first attempt but for one in a thousand million; a user who has
    // a code, or gets one at the same moment, is found after a refused insert.
    for _ in 0..<5 {
      if let standing = try await codes.find(store: store, userID: userID) {
        return .standing(standing)
      }
      let code = wished ?? ReferralCode.generate()
      if let record = try await codes.insert(
        store: store, code: code, userID: userID, email: email)
      {
        return .issued(record)
      }
      if wished != nil {
        if let standing = try await codes.find(store: store, userID: userID) {
          return .standing(standing)
        }
        return .taken
      }
    }
    throw LedgerError.rowMissing("referral_codes")
  }

  /// Gives each of the customers who has no code a fresh one, however many they are, with one
  /// statement in the normal case. Returns how many are new.
  /// - Throws: `PostgresError`, `LedgerError`.
  package func issueMissing(_ customers: [Customer]) async throws -> Int {
    var open = Dictionary(customers.map { ($0.userID, $0.email) }) { first, _ in first }
    var count = 0
    for _ in 0..<5 where !open.isEmpty {
      let issued = try await codes.insert(
        store: store,
        open.map { .init(userID: $0.key, email: $0.value, code: .generate()) })
      count += issued.count
      for userID in issued { open[userID] = nil }
      if open.isEmpty { break }
      for userID in try await codes.holders(store: store, among: Array(open.keys)) {
        open[userID] = nil
      }
    }
    guard open.isEmpty else { throw LedgerError.rowMissing("referral_codes") }
    return count
  }
}
