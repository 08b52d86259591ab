/// Whose the App is: what a ledger says of itself, and what it has left in the App's private metadata
/// at the store. The two are compared before anything is issued.
package struct LedgerMarks: Sendable, Equatable, Codable {
  /// The ledger's id: a random UUID in lower case, made with the ledger.
  package var installation: String
  /// The id of the newest code key, which gives nothing of the key away.
  package var key: String
  /// How often the ledger was put back to an older state, or took the App over, plus 1.
  package var generation: Int
  /// Raised in the ledger, and committed there, before it is written at the store. A ledger that
  /// was put back therefore shows a lower one than the store remembers.
  package var position: Int

  /// Puts marks together.
  package init(installation: String, key: String, generation: Int, position: Int) {
    self.installation = installation
    self.key = key
    self.generation = generation
    self.position = position
  }

  /// Whether these marks are of a later time in the life of one ledger.
  package func isAhead(of other: LedgerMarks) -> Bool {
    (generation, position) > (other.generation, other.position)
  }
}
