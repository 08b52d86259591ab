import Glibc
import Logging
import NIOConcurrencyHelpers
import SaleorAPI

/// A place at which the program ends itself by SIGKILL when it passes there for the nth time: right
/// before or right after a commit, or a call to the store. Off unless `FAILPOINT=name:nth` is set.
package struct Failpoint: Sendable {
  /// The functions that commit, each named by its file and itself. The crash test proves that this
  /// list is complete.
  package static let commits = [
    "AnnouncementRepository.claimDue", "AnnouncementRepository.giveUp", "CodeRepository.insert",
    "Decide.writeDecision", "Erase.erase", "ErasureRepository.claimDue",
    "ErasureRepository.putBack", "InboxRepository.insert", "Issue.confirm",
    "LetterRepository.claimDue",
    "LetterRepository.putBack", "Link.linkBatch", "LookRepository.claimDue",
    "LookRepository.lookAgain", "Migrator.lock",
    "Migrator.run", "Poll.read", "PollRepository.claim", "PollRepository.finish",
    "Reconsider.takeBack", "ReferralRepository.claimDue", "ReferralRepository.decide",
    "ReferralRepository.putBack", "RewardRepository.bury", "RewardRepository+Claims.claimDue",
    "RewardRepository+Claims.claimOwed", "RewardRepository.finish", "RewardRepository.putBack",
    "StoreRepository.connect", "TakeBackRepository.claimDue", "TakeBackRepository.markRevoked",
  ]

  /// The names of all failpoints.
  package static let names =
    (commits.map { "commit.\($0)" } + GraphQLOperations.all.map { "store.\($0.name)" })
    .flatMap { ["\($0).before", "\($0).after"] }

  private let name: String
  private let nth: Int
  private let passed = NIOLockedValueBox(0)

  /// Reads `name:nth`; `nil` unless the name is one of `names` and nth is 1 or more.
  package init?(_ text: String) {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 2, let nth = Int(parts[1]), nth > 0,
      Self.names.contains(String(parts[0]))
    else { return nil }
    name = String(parts[0])
    self.nth = nth
  }

  /// What the program tells of each point that it passes. Every one is logged at the level `trace`.
  func hook(_ log: Logger) -> @Sendable (_ point: String) -> Void {
    { point in
      log.trace("failpoint passed", metadata: ["point": "\(point)"])
      guard point == name else { return }
      let isReached = passed.withLockedValue { passed in
        passed += 1
        return passed == nth
      }
      // Not a way to end that anything could see coming: no handler runs, no buffer is written.
      if isReached { kill(getpid(), SIGKILL) }
    }
  }
}
