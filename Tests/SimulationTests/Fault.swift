/// What goes wrong in a run, or is met by chance, and is counted.
enum Fault: Int, CaseIterable {
  case deliveryLost, deliveryRepeated, deliveryLate
  case workerCrashed, workerSlow, lateCommitRefused, ledgerRefusedCommit
  case answerLost, appliedLate, neverApplied, errorAfterSave, serverOutage, callRefused
  case ownCodeMet, ownCodeHidden, staleOrderRead
  case cardDeactivatedByStaff, deactivationUndone
  case orderHeld, fellWhileHeld, passedOver, milestoneReached
  case fellBeforeIssue, fellDuringIssue, fellAfterIssue, tombstoneMade
  case deadLetter, triedAgainByHuman
  case ledgerPutBack, workerFromBefore, adoptedAfterPutBack, silencedUnknown

  /// How the table names it.
  var name: String {
    switch self {
    case .deliveryLost: "delivery lost for good"
    case .deliveryRepeated: "delivery repeated"
    case .deliveryLate: "delivery late, behind others"
    case .workerCrashed: "worker crashed between two steps"
    case .workerSlow: "worker slower than its lease"
    case .lateCommitRefused: "late result refused by the guard"
    case .ledgerRefusedCommit: "ledger refused a commit"
    case .answerLost: "store: answer lost, applied"
    case .appliedLate: "store: applied after it was given up"
    case .neverApplied: "store: error, not applied"
    case .errorAfterSave: "store: IntegrityError after the save"
    case .serverOutage: "store: call during an outage"
    case .callRefused: "store: refused for a while"
    case .ownCodeMet: "store: create met its own code"
    case .ownCodeHidden: "store: replica hides the code"
    case .staleOrderRead: "store: order older than its event"
    case .cardDeactivatedByStaff: "card deactivated by staff"
    case .deactivationUndone: "store: another save undid one"
    case .orderHeld: "rewards held back"
    case .fellWhileHeld: "order fell while they were"
    case .passedOver: "campaign passed over, its budget used up"
    case .milestoneReached: "milestone reached"
    case .fellBeforeIssue: "order fell before its issue"
    case .fellDuringIssue: "order fell during its issue"
    case .fellAfterIssue: "order fell after its issue"
    case .tombstoneMade: "tombstone made"
    case .deadLetter: "dead letter"
    case .triedAgainByHuman: "dead letter tried again"
    case .ledgerPutBack: "ledger put back"
    case .workerFromBefore: "worker of before went on after it"
    case .adoptedAfterPutBack: "code adopted after it"
    case .silencedUnknown: "fallen order silenced that it did not know"
    }
  }
}

/// What the simulated program can be made to do wrong, so that the proof can fail.
enum Sabotage: String, CaseIterable {
  /// The code is drawn at each attempt.
  case drawnCode
  /// A code that exists already is taken for a failure, and the next version tried.
  case takenIsFailure
  /// An activate goes out after each create.
  case activateAfterCreate
  /// The result of a worker is written whatever happened since its claim.
  case unguardedTransition
  /// An order is believed although it is older than what was known of it already.
  case staleOrderBelieved
  /// Nothing is done about what a ledger that was put back does not know.
  case putBackUnnoticed
  /// A poll moves the mark although it is not where the poll began.
  case pollMarkMovedBlindly
  /// Nobody looks whether what was taken back stays so.
  case neverReconciled
  /// The rewards of an order are written one by one.
  case rewardsWrittenApart
  /// An order is rewarded when the first of its rewards exists.
  case rewardedByTheFirst
  /// Whether the other reward of an order exists is looked at before the order's row is locked.
  case siblingsSeenBeforeLock
  /// Of an order that falls one reward is taken back.
  case oneSideTakenBack
  /// The referrer's orders are counted, and the budget is read, before the code is locked.
  case milestoneCountedUnlocked, budgetReadUnlocked
  /// While an order is held back it is not read again.
  case heldOrderBelieved
  /// A partial refund ends the hold.
  case refundEndsHold
}
