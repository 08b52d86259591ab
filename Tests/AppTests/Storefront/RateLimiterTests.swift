import Testing
import Web

/// Buckets of tokens, by a clock of the test's own.
@Suite struct RateLimiterTests {
  @Test func aFullBucketIsEmptiedAtOnceAndFillsEvenly() {
    let limiter = RateLimiter<String>(6, each: .seconds(60))
    let start = ContinuousClock.now
    for _ in 0..<6 { #expect(limiter.delay("a", now: start) == nil) }
    #expect(limiter.delay("a", now: start) == .seconds(10))
    #expect(limiter.delay("a", now: start + .seconds(4)) == .seconds(6))
    #expect(limiter.delay("b", now: start + .seconds(4)) == nil)
    #expect(limiter.delay("a", now: start + .seconds(10)) == nil)
    #expect(limiter.delay("a", now: start + .seconds(10)) == .seconds(10))
    // After a long rest the bucket is full and no fuller.
    let later = start + .seconds(3600)
    #expect((0..<10).count { _ in limiter.delay("a", now: later) == nil } == 6)
  }

  @Test func whateverComesNoMoreThanTheRatePasses() {
    let limiter = RateLimiter<Int>(50, each: .seconds(1))
    let start = ContinuousClock.now
    let passed = (0..<10_000).count {
      limiter.delay(0, now: start + .milliseconds($0)) == nil
    }
    // A full bucket, and what flowed in during ten seconds.
    #expect(passed == 50 + 10 * 50 - 1 || passed == 50 + 10 * 50)
  }

  @Test func theMemoryIsBoundedAndComesBack() {
    let limiter = RateLimiter<Int>(1, each: .seconds(10), maximumKeys: 100)
    let start = ContinuousClock.now
    #expect((0..<100).allSatisfy { limiter.delay($0, now: start) == nil })
    // There is no room for further keys: they have one bucket together.
    #expect((100..<200).count { limiter.delay($0, now: start) == nil } == 1)
    #expect(limiter.delay(0, now: start) == .seconds(10))
    let later = start + .seconds(11)
    #expect((200..<300).allSatisfy { limiter.delay($0, now: later) == nil })
  }
}
