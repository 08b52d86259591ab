package import Domain
import FoundationEssentials
import Ledger

/// `laurel codes issue`: gives one user a code.
package enum IssueCode {
  /// The wished-for code belongs to somebody else.
  private struct Taken: Error, CustomStringConvertible {
    let description: String
  }

  /// A user's code, as programs are told of it.
  private struct Answer: Encodable {
    let code: String
    let userId: String
    let isActive: Bool
    let createdAt: Date
    let isNew: Bool

    init(_ record: CodeRepository.Record, isNew: Bool) {
      code = record.code.value
      userId = record.referrerUserID
      isActive = record.isActive
      createdAt = record.createdAt
      self.isNew = isNew
    }
  }

  /// Gives `userID` the code that he has, else `wished`, else a fresh one.
  /// - Throws: `ConfigurationError`, `UsageError`, `LedgerError`, `PostgresError`, or that the
  ///   wished-for code is taken.
  package static func run(
    _ options: Administration.Options, userID: String, email: EmailAddress, wished: ReferralCode?
  ) async throws -> CommandReport {
    try await Administration.run(options) { ledger in
      let outcome = try await CodeDesk(store: ledger.store, session: ledger.pool)
        .issue(userID: userID, email: email, wished: wished)
      switch outcome {
      case .issued(let record):
        return CommandReport(
          ledger.isJSON
            ? try CommandReport.json(Answer(record, isNew: true)) : "A new code: \(record.code)")
      case .standing(let record):
        return CommandReport(
          ledger.isJSON
            ? try CommandReport.json(Answer(record, isNew: false))
            : "This user has a code already: \(record.code)")
      case .taken:
        throw Taken(description: "the code \(wished?.value ?? "") belongs to another customer")
      }
    }
  }
}
