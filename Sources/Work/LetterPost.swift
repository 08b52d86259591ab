package import Domain
package import Ledger

/// A way in which letters go out: one attempt at a time, without a memory of its own.
package protocol LetterPost: Sendable {
  /// Whether rewards of this kind can be sent this way.
  func carries(_ kind: RewardKind) -> Bool

  /// How many days before the last day of a reward its owner is reminded; 0 for never.
  var reminderDays: Int { get }

  /// Tries to send a letter once. At most three calls to the store and one mail: what it takes is
  /// bounded by their deadlines.
  /// - Throws: `StoreError` when nothing was handed over, `CancellationError`.
  func send(
    _ letter: LetterRepository.Claim, to recipient: EmailAddress
  ) async throws -> LetterOutcome
}
