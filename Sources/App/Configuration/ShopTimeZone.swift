import Ledger
import Postgres
import Rules

/// Whether the database knows the time zone that the file of rules names: its form is checked with
/// the file, but which zones there are only PostgreSQL can tell.
enum ShopTimeZone {
  /// What is wrong with the time zone of `book`; `nil` when nothing is.
  /// - Throws: `PostgresError`.
  static func fault(of book: TermsBook, _ session: any PostgresSession) async throws -> String? {
    guard book.timeZone != TermsBook.standardTimeZone else { return nil }
    let names = try await TimeZoneRepository(session).names()
    guard !names.contains(book.timeZone) else { return nil }
    return "time_zone is \"\(book.timeZone)\", which PostgreSQL does not know"
      + NearestName.ending(for: book.timeZone, among: names)
  }
}
