/// The letters that there are, by what the names of their files begin with.
package enum LetterName: String, Sendable, CaseIterable {
  /// To the customer whose code was used, with his reward.
  case reward
  /// To the customer who used it, with his.
  case friend
  /// To the customer whose code was used, with the reward for so many orders.
  case milestone
  /// Before the last day of a reward, to its owner.
  case reminder
}
