import Testing
import Work

/// How fast deliveries come.
@Suite struct ArrivalRateTests {
  @Test func placesTellHowFastTheyWereGivenOut() {
    let start = ContinuousClock.now
    var rate = ArrivalRate()
    #expect(rate.perSecond(newest: 1_000, now: start) == 0)
    #expect(rate.perSecond(newest: 1_300, now: start + .milliseconds(100)) == 3_000)
    #expect(rate.perSecond(newest: 1_300, now: start + .milliseconds(200)) == 0)
    // What was given out before the queue was empty came at some other time.
    #expect(rate.perSecond(newest: nil, now: start + .milliseconds(300)) == 0)
    #expect(rate.perSecond(newest: 9_000, now: start + .milliseconds(400)) == 0)
    #expect(rate.perSecond(newest: 9_001, now: start + .milliseconds(400)) == 0)
  }
}
