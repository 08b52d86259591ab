import Domain
import FoundationEssentials
import Ledger
import Postgres
import Testing

/// The days of the funnel.
@Suite struct FunnelTests {
  /// Where clocks are put over midnight, the night is of no other day.
  @Test(arguments: [
    ("Europe/Berlin", "2026-10-25", "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z"),
    ("Europe/Berlin", "2026-03-29", "2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z"),
    ("America/Havana", "2026-11-01", "2026-11-01T04:00:00Z", "2026-11-02T05:00:00Z"),
    ("America/Havana", "2026-03-08", "2026-03-08T05:00:00Z", "2026-03-09T04:00:00Z"),
    ("Asia/Kathmandu", "2026-11-01", "2026-10-31T18:15:00Z", "2026-11-01T18:15:00Z"),
    ("UTC", "2026-11-01", "2026-11-01T00:00:00Z", "2026-11-02T00:00:00Z"),
  ])
  func aDayBeginsWithItsFirstMoment(
    timeZone: String, day: String, start: String, end: String
  ) async throws {
    try await TestDatabase.with { database in
      try await database.withPool { pool in
        let day = try #require(CalendarDay(day))
        let scope = try await FunnelRepository(pool).scope(
          first: day, last: day, timeZone: timeZone)
        #expect(scope.start.formatted(.iso8601) == start)
        #expect(scope.end.formatted(.iso8601) == end)
        #expect(scope.first == day && scope.last == day)
      }
    }
  }
}
