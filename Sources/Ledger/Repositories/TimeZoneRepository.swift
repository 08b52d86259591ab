package import Domain
package import Postgres

/// What PostgreSQL knows of time zones: the days of campaigns and of figures are counted by it.
package struct TimeZoneRepository: Sendable {
  private let session: any PostgresSession

  /// Works on `session`.
  package init(_ session: any PostgresSession) {
    self.session = session
  }

  /// The names of all time zones that there are, such as `Europe/Berlin`. PostgreSQL reads some
  /// hundred files for it.
  ///
  /// To try a name with `AT TIME ZONE` would not do: that takes `Europe/Berlim+1` for a zone of its
  /// own, an hour west of UTC.
  /// - Throws: `PostgresError`.
  package func names() async throws -> [String] {
    try await session.rows(
      "SELECT name FROM pg_timezone_names WHERE name NOT LIKE 'posix/%' ORDER BY name"
    ) { row in try row.decode("name", as: String.self) }
  }

  /// Which day it is in a time zone by the database's clock.
  /// - Throws: `PostgresError`, also where there is no such zone.
  package func today(in timeZone: String) async throws -> CalendarDay? {
    try await session.first(
      "SELECT to_char(now() AT TIME ZONE \(timeZone), 'YYYY-MM-DD') AS today"
    ) { row in CalendarDay(try row.decode("today", as: String.self)) } ?? nil
  }
}
