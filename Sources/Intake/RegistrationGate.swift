package import Domain
import NIOConcurrencyHelpers

/// Lets registrations through, each of which makes Laurel call a store: a few at once, one at a time
/// for each store, and none soon after one that the store has refused. Anybody can send them, so that
/// nobody can make Laurel hammer a store, or keep out the others.
package final class RegistrationGate: Sendable {
  /// How soon after a refused token a store may be called again.
  package static let rest: Duration = .seconds(2)

  private struct State {
    var underWay: Set<StoreAddress> = []
    var refusedAt: [StoreAddress: ContinuousClock.Instant] = [:]
  }

  private let maximum: Int
  private let state = NIOLockedValueBox(State())

  /// A gate for `maximum` stores at once. The last place is kept for stores that the operator has
  /// named: below a domain, anybody can make up as many stores as he likes.
  package init(maximum: Int) {
    self.maximum = maximum
  }

  /// Lets a registration of `store` through; whoever gets `true` calls `leave` in the end.
  package func enter(_ store: StoreAddress, _ reach: AllowedStores.Reach) -> Bool {
    state.withLockedValue { state in
      state.refusedAt = state.refusedAt.filter { .now - $0.value < Self.rest }
      guard state.underWay.count < (reach == .anywhere ? maximum : maximum - 1),
        state.refusedAt[store] == nil
      else { return false }
      return state.underWay.insert(store).inserted
    }
  }

  /// Ends a registration; `isRefused` says that the store did not take the token.
  package func leave(_ store: StoreAddress, isRefused: Bool) {
    state.withLockedValue { state in
      state.underWay.remove(store)
      if isRefused { state.refusedAt[store] = .now }
    }
  }
}
