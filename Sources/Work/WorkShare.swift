import NIOConcurrencyHelpers

/// How the work of one process is shared out between its stores: equally, so that one whose calls
/// hang holds its own places and nobody else's, and all together stay within a bound.
package final class WorkShare: Sendable {
  /// How many jobs all stages of all stores may have under way at once.
  package static let maximumJobs = 1024
  /// How many stages a store has at most.
  static let maximumStages = 16

  private let stores = NIOLockedValueBox(1)

  /// The share of the only store.
  package init() {}

  /// Shares between this many stores from now on.
  package func divide(among count: Int) {
    stores.withLockedValue { $0 = max(1, count) }
  }

  /// How many jobs one stage of one store may have under way; at least 1.
  package var width: Int {
    stores.withLockedValue { max(1, Self.maximumJobs / ($0 * Self.maximumStages)) }
  }
}
