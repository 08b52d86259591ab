package import Domain
import FoundationEssentials
import Ledger

/// `laurel codes issue`: gives one user a code.
package enum IssueCode {
  /// The wished-for code belongs to somebody else.
  package struct Taken: Error, CustomStringConvertible {
    package let description: String
  }

  /// The user's code.
  package struct Answer: Encodable, Sendable {
    /// The code itself.
    package let code: String
    /// The user's id at the store.
    package let userID: String
    /// active or disabled.
    package let status: String
    /// When it was issued: ISO 8601, UTC.
    package let createdAt: String
    /// Whether it was issued now.
    package let isNew: Bool

    enum CodingKeys: String, CodingKey {
      case code, status
      case userID = "user_id"
      case createdAt = "created_at"
      case isNew = "is_new"
    }
  }

  /// Gives `userID` the code that he has, else `wished`, else a fresh one.
  /// - Throws: `ConfigurationError`, `Taken`, `LedgerError`, `PostgresError`.
  package static func run(
    userID: String, email: EmailAddress, wished: ReferralCode?
  ) async throws -> Answer {
    try await StoreCommand.with { command in
      let outcome = try await CodeDesk(store: command.store, session: command.pool)
        .issue(userID: userID, email: email, wished: wished)
      switch outcome {
      case .issued(let record): return Answer(record, isNew: true)
      case .standing(let record): return Answer(record, isNew: false)
      case .taken:
        throw Taken(description: "the code \(wished?.value ?? "") belongs to another customer")
      }
    }
  }
}

extension IssueCode.Answer {
  fileprivate init(_ record: CodeRepository.Record, isNew: Bool) {
    code = record.code.value
    userID = record.referrerUserID
    status = record.isActive ? "active" : "disabled"
    createdAt = record.createdAt.formatted(.iso8601)
    self.isNew = isNew
  }
}
