import Signing
import Testing

@Suite struct KnownKeysTests {
  let first: JSONWebKeySet
  let second: JSONWebKeySet

  init() throws {
    let store = try StandInStore()
    first = try store.keys([store.entry(["kid": #""first""#])])
    second = try store.keys([store.entry(["kid": #""second""#])])
  }

  /// A step without what it carries, for comparison; `verify` names the keys that it has.
  private func step(_ known: KnownKeys, _ keyID: String) -> String {
    switch known.step(keyID: keyID) {
    case .verify(let keys): "verify with \(keys.contains(keyID: "first") ? "first" : "second")"
    case .fetch: "fetch"
    case .waitBeforeFetch(let time): "wait \(time)"
    }
  }

  @Test func nothingKnownIsFetchedAtOnce() {
    #expect(step(KnownKeys(), "first") == "fetch")
  }

  @Test func aKnownKeyIsUsedHoweverOldItIs() {
    for age in [.zero, .seconds(59), .seconds(60), .seconds(10_000_000)] as [Duration] {
      #expect(step(KnownKeys(current: first, sinceFetch: age), "first") == "verify with first")
    }
  }

  @Test func anUnknownKeyIsFetchedOnceAMinute() {
    #expect(step(KnownKeys(current: first, sinceFetch: .zero), "second") == "wait 60.0 seconds")
    #expect(
      step(KnownKeys(current: first, sinceFetch: .milliseconds(59_500)), "second")
        == "wait 0.5 seconds")
    #expect(step(KnownKeys(current: first, sinceFetch: .seconds(60)), "second") == "fetch")
  }

  @Test func aFailedFetchCountsToo() {
    #expect(step(KnownKeys(sinceFetch: .seconds(20)), "first") == "wait 40.0 seconds")
    #expect(step(KnownKeys(sinceFetch: .seconds(60)), "first") == "fetch")
  }

  @Test func aClockThatWasSetBackStopsNothing() {
    #expect(step(KnownKeys(current: first, sinceFetch: .seconds(-3600)), "second") == "fetch")
  }

  /// Deliveries that were signed before a rotation are repeated after it.
  @Test func aReplacedKeyCountsForAWhile() {
    func known(_ age: Duration) -> KnownKeys {
      KnownKeys(current: second, replaced: [(keys: first, age: age)], sinceFetch: age)
    }
    #expect(step(known(.zero), "first") == "verify with first")
    #expect(step(known(.zero), "second") == "verify with second")
    #expect(step(known(.seconds(899)), "first") == "verify with first")
    #expect(step(known(.seconds(900)), "first") == "fetch")
    #expect(step(known(.seconds(10)), "third") == "wait 50.0 seconds")
  }

  @Test func eachReplacedKeyHasItsOwnTime() {
    func known(_ age: Duration) -> KnownKeys {
      KnownKeys(
        current: nil, replaced: [(keys: second, age: .zero), (keys: first, age: age)],
        sinceFetch: .zero)
    }
    #expect(step(known(.seconds(899)), "first") == "verify with first")
    #expect(step(known(.seconds(900)), "first") == "wait 60.0 seconds")
    #expect(step(known(.seconds(900)), "second") == "verify with second")
  }
}
