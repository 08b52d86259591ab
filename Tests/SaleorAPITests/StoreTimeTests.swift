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
}
