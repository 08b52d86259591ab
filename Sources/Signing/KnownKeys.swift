/// What is known of one store's keys at a moment, and what follows from it for a delivery. Pure: the
/// caller reads the times off one clock, fetches one at a time for each store, and keeps the result.
package struct KnownKeys: Sendable {
  /// Shortest time between two fetches for one store, whatever they brought: nobody can make Laurel
  /// hammer a store by sending it made-up key ids.
  package static let fetchInterval: Duration = .seconds(60)

  /// How long a key counts that the store has replaced. A delivery that was signed before the
  /// rotation is repeated with the same signature, for a little over five minutes when the answer
  /// is an error and for seven when there is none; while a store's servers restart one by one, they
  /// sign with the old key or the new one.
  package static let replacedKeysCount: Duration = .seconds(15 * 60)

  /// What to do with a delivery.
  package enum Step: Sendable {
    /// Verify it with these keys; they have the one that it names.
    case verify(JSONWebKeySet)
    /// Fetch the keys, then ask again. A fetch that fails is our fault: 503.
    case fetch
    /// Its key is unknown, and may not be fetched for before this time has passed. Our fault, not
    /// the sender's: 503, and the store sends it again.
    case waitBeforeFetch(Duration)
  }

  /// The keys that the last successful fetch brought; nil before the first.
  package var current: JSONWebKeySet?
  /// The keys that the store has replaced since, and how long ago that was.
  package var replaced: [(keys: JSONWebKeySet, age: Duration)]
  /// How long ago the last fetch began, successful or not; nil before the first.
  package var sinceFetch: Duration?

  /// Everything that is known; by default that is nothing.
  package init(
    current: JSONWebKeySet? = nil, replaced: [(keys: JSONWebKeySet, age: Duration)] = [],
    sinceFetch: Duration? = nil
  ) {
    self.current = current
    self.replaced = replaced
    self.sinceFetch = sinceFetch
  }

  /// What to do with a delivery whose signature names the key `keyID`. A known id is not asked for
  /// again: it is the key's own thumbprint at the store (RFC 7638), so it never stands for another.
  package func step(keyID: String) -> Step {
    if let current, current.contains(keyID: keyID) { return .verify(current) }
    for (keys, age) in replaced where age < Self.replacedKeysCount && keys.contains(keyID: keyID) {
      return .verify(keys)
    }
    // A negative time comes of a clock that was set back; waiting for it could take for ever.
    if let sinceFetch, sinceFetch >= .zero, sinceFetch < Self.fetchInterval {
      return .waitBeforeFetch(Self.fetchInterval - sinceFetch)
    }
    return .fetch
  }
}
