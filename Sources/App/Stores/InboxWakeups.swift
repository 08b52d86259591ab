import Domain
import NIOConcurrencyHelpers
import Work

/// Wakes the first stage of the stores whose inbox has something new.
final class InboxWakeups: Sendable {
  private let wakeups = NIOLockedValueBox<[StoreID: Wakeup]>([:])

  /// The wakeup of a store; the same one for as long as the process lives.
  subscript(store: StoreID) -> Wakeup {
    wakeups.withLockedValue { wakeups in
      let wakeup = wakeups[store] ?? Wakeup()
      wakeups[store] = wakeup
      return wakeup
    }
  }

  /// Wakes these stores' stages.
  func signal(_ stores: Set<StoreID>) {
    for store in stores { self[store].signal() }
  }
}
