import FoundationEssentials
import SaleorAPI
import Testing

@Suite struct StoreTimeTests {
  @Test func theHeaderDateIsRead() {
    let recorded = StoreTime.httpDate("Sat, 21 Nov 2026 08:12:09 GMT")
    #expect(recorded == StoreTime.date("2026-11-21T08:12:09Z"))
    #expect(recorded == Date(timeIntervalSince1970: 1_795_248_729))
    #expect(
      StoreTime.httpDate("Mon, 05 Jan 2026 00:00:00 GMT")
        == StoreTime.date("2026-01-05T00:00:00+00:00"))
  }

  @Test(arguments: [
    "", "Sat", "21 Nov 2026 08:12:09 GMT", "Sat, 21 Nov 2026 08:12:09 +0000",
    "Sat, 21 Now 2026 08:12:09 GMT", "Sat, xx Nov 2026 08:12:09 GMT", "Sat Nov 21 08:12:09 2026",
    "Saturday, 21-Nov-26 08:12:09 GMT", "Sat, 21 Nov 2026 08:12 GMT",
  ])
  func whatIsNoDateIsNotRead(text: String) {
    #expect(StoreTime.httpDate(text) == nil)
  }

  /// Both ways of reading an instant agree: with an offset, the general one reads it.
  @Test(arguments: [
    "1970-01-01T00:00:00", "2000-02-29T23:59:59", "2024-02-29T12:00:00", "2026-02-28T06:07:08",
    "2026-03-01T00:00:00", "2026-12-31T23:59:59", "2100-03-01T00:00:00", "2400-02-29T01:02:03",
  ])
  func anInstantIsTheSameHoweverItIsWritten(text: String) throws {
    let offset = try #require(StoreTime.date("\(text)-00:00"))
    for zone in ["Z", "+00:00"] {
      #expect(StoreTime.date(text + zone) == offset)
      #expect(StoreTime.date("\(text).463943\(zone)") == offset + 0.463943)
      #expect(StoreTime.date("\(text).5\(zone)") == offset + 0.5)
    }
  }

  @Test(arguments: [
    "2026-13-01T00:00:00Z", "2026-11-21", "2026-11-21T08:06:27", "2026-11-21T08:06:27.5",
    "x026-11-21T08:06:27Z", "2026/11/21T08:06:27Z", "2026-11-21T08:06:27.5 UTC",
  ])
  func whatIsNoInstantIsNotRead(text: String) {
    #expect(StoreTime.date(text) == nil)
  }
}
