package import Domain
import Ledger
package import Postgres

/// What is done for a ledger that was put back to an older state, before anything new is decided.
///
/// Codes are derived, so nothing can be paid twice for one order. But the life that is lost may have
/// rewarded orders of which this ledger knows nothing, and its workers may still be on their way.
/// Every step can be taken again: one that was interrupted is.
package struct Restoration: Sendable {
  /// Not everything is done yet.
  struct Unfinished: Error, CustomStringConvertible {
    let description: String
  }

  /// How long a call to the store can still be under way: as long as a client waits, and a little.
  private static let longestCall = Duration.seconds(20)

  private let store: StoreID
  private let pause: Duration
  private let marks: LedgerMarkRepository
  private let notes: NoteRepository
  private let poll: Poll
  private let adopt: @Sendable () async throws -> Void

  /// Works for `store`, under leases of `lease`: `adopt` writes down the codes at the store that the ledger does not know, and
  /// `poll` finds the orders.
  package init(
    pool: Pool, store: StoreID, lease: Duration, poll: Poll,
    adopt: @escaping @Sendable () async throws -> Void
  ) {
    self.store = store
    pause = min(lease, Self.longestCall)
    self.poll = poll
    self.adopt = adopt
    marks = LedgerMarkRepository(pool)
    notes = NoteRepository(pool)
  }

  /// Finds out what the ledger, which stands as `standing`, does not know.
  /// - Throws: `PostgresError`, `StoreError`, `Unfinished`, and what adopting throws.
  func run(_ standing: LedgerMarkRepository.Standing) async throws {
    try await renew()
    // A create of the life that is lost shall stand at the store before the codes are listed.
    try await Task.sleep(for: pause)
    try await adopt()
    guard try await poll.run(lookingBack: .seconds(standing.secondsSinceRaise)) else {
      throw Unfinished(description: "the orders are not read yet")
    }
    // What a decision that was under way at the beginning has added.
    try await renew()
    try await marks.finishRestoration(store: store, known: standing.ledger.marks)
  }

  /// Takes everything that a worker of a life that is lost could write to out of his hands.
  private func renew() async throws {
    try await marks.renewPoll(store: store)
    while try await marks.renewReferrals(store: store) > 0 { try Task.checkCancellation() }
    while try await marks.renewRewards(store: store) > 0 { try Task.checkCancellation() }
    while try await notes.renew(store: store) > 0 { try Task.checkCancellation() }
  }
}
