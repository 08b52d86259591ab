import Glibc
import Logging
import NIOConcurrencyHelpers
import SaleorAPI

/// A place at which the program ends itself by SIGKILL when it passes there for the nth time: right
/// before or right after a commit, or a call to the store. Off unless `FAILPOINT=name:nth` is set.
package struct Failpoint: Sendable {
  /// The functions that commit, each named by its file and itself. The crash test proves that this
  /// list is complete.
  package static let commits =
    [
      "AnnouncementRepository.claimDue", "AnnouncementRepository.giveUp",
      "BudgetRepository.begin", "CodeRepository.insert",
      "DecisionWriter.attempt", "DecisionWriter.giveUp", "Erase.erase",
      "ErasureRepository.claimDue",
      "ErasureRepository.putBack", "InboxRepository.insert", "Issue.confirm",
      "MissedDeliveries.readPage", "MissedDeliveryRepository.claim",
      "MissedDeliveryRepository.finish",
      "LetterRepository.claimDue", "LetterRepository.end", "LetterRepository.putBack",
      "LetterRepository+Reminders.insertReminders",
      "Link.linkBatch",
      "LookRepository.claimDue", "LookRepository.lookAgain", "Migrator.lock", "Migrator.run",
      "Poll.readPage", "PollRepository.claim", "PollRepository.finish", "Reconsider.takeBack",
      "ReferralRepository.claimDue", "ReferralRepository.putBack",
      "RewardRepository.bury",
      "RewardRepository+Claims.claimDue", "RewardRepository+Claims.claimOwed",
      "RewardRepository.finish", "RewardRepository.putBack", "RunRepository.begin",
      "RunRepository+Batches.forgetLinked", "RunRepository.end", "RunRepository.markAlone",
      "Runs.leave", "Runs.renew",
      "StoreKeyRepository.claimFetch", "StoreKeyRepository.noteFailure",
      "StoreKeyRepository.save", "StoreRepository.connect", "TakeBackRepository.claimDue",
      "TakeBackRepository.markRevoked", "TakeBackRepository.noteExcess",
      "TakeBackRepository.putBack",
    ] + restoring + reconciling + reading + installing + noting

  /// Those of an installation, and of what the store says of it.
  package static let installing = ["InstallationRepository.change", "Installer.keep"]

  /// Those of the reading of a store's past orders.
  package static let reading = [
    "History.readPage", "HistoryRepository.claim", "HistoryRepository.putBack",
  ]

  /// Those of the notes for staff.
  package static let noting = [
    "NoteRepository.claimDue", "NoteRepository.collect", "NoteRepository.discard",
    "NoteRepository.finish", "NoteRepository.giveUp", "NoteRepository.putBack",
    "NoteRepository.renew",
  ]

  /// Those of the marks at the store, and of what follows when the ledger was put back.
  package static let restoring = [
    "LedgerMarkRepository.beginRestoration", "LedgerMarkRepository.finishRestoration",
    "LedgerMarkRepository.noteMarked", "LedgerMarkRepository.open", "LedgerMarkRepository.raise",
    "LedgerMarkRepository.renewPoll", "LedgerMarkRepository.renewReferrals",
    "LedgerMarkRepository.renewRewards",
  ]

  /// Those of a comparison with the store, and of what follows from it.
  package static let reconciling = [
    "Adopt.write", "Adoption.write", "FoundCodeRepository.postpone", "Issue.close",
    "Reconcile.compare", "ReconcileRepository.claim", "ReconcileRepository.extend",
    "ReconcileRepository.finish", "ReconcileRepository.giveUp",
    "ReconcileRepository+Differences.revive", "StoreCodeRepository.add",
    "StoreCodeRepository.begin", "StoreCodeRepository.release", "Reconcile.repair",
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
