import Testing
import Work

/// From where the queue is read.
@Suite struct QueueMarkTests {
  private let start = ContinuousClock.now

  private func after(_ seconds: Double) -> ContinuousClock.Instant {
    start + .seconds(seconds)
  }

  @Test func theMarkFollowsWhatWasFirstALittleAgo() {
    var mark = QueueMark(period: .seconds(60), now: start)
    #expect(mark.start(now: start) == 0)
    mark.found(100, now: start)
    #expect(mark.start(now: after(1)) == 0)
    mark.found(200, now: after(1))
    // Two seconds after 100 was the first, nothing before it comes to light any more.
    mark.found(300, now: after(2))
    #expect(mark.start(now: after(2)) == 100)
    mark.found(400, now: after(3))
    #expect(mark.start(now: after(3)) == 100)
    mark.found(500, now: after(4))
    #expect(mark.start(now: after(4)) == 300)
  }

  @Test func whatComesToLightLateHoldsTheMarkBack() {
    var mark = QueueMark(period: .seconds(60), now: start)
    _ = mark.start(now: start)
    mark.found(100, now: start)
    mark.found(50, now: after(1))
    mark.found(200, now: after(2))
    #expect(mark.start(now: after(2)) == 50)
  }

  @Test func allIsReadFromTimeToTime() {
    var mark = QueueMark(period: .seconds(60), now: start)
    _ = mark.start(now: start)
    for second in 1...59 { mark.found(second * 100, now: after(Double(second))) }
    #expect(mark.start(now: after(59.5)) > 5000)
    #expect(mark.start(now: after(60)) == 0)
    #expect(mark.start(now: after(60.5)) > 5000)
    // What that brought to light is kept in sight until it is done.
    mark.found(7, now: after(61))
    #expect(mark.start(now: after(61.5)) == 7)
  }
}
