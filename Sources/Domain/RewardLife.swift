/// The life of a reward: where it begins, what can happen to it, and what has to be done then.
///
/// Pure and total: every event has an answer in every state, and what does not apply changes
/// nothing. The store's code of a reward only ever goes from absent to active to inactive, or from
/// absent to inactive; no path here activates or deletes one, and none leads back from a reward
/// that is taken back to one that is made.
package enum RewardLife {
  /// Where a reward stands.
  package enum State: String, Sendable, CaseIterable {
    /// Owed; the store has not been told.
    case pending
    /// Owed; a create may have reached the store, whatever its answer was.
    case creating
    /// It exists at the store.
    case issued
    /// The referrer has been told of it.
    case delivered
    /// Something of it was spent.
    case used
    /// Its time ran out before anything was spent.
    case expired
    /// Taken back; the store has to be told, and the code may or may not exist there.
    case revoking
    /// Taken back; at the store its code is inactive, or can never come to be.
    case revoked
    /// Refused before the store was told.
    case rejected
    /// Given up, until a human looks at it; a create may have reached the store.
    case dead
  }

  /// What can happen to a reward.
  package enum Event: String, Sendable, CaseIterable {
    /// A worker has claimed it.
    case claimed
    /// The store has its code, made now or found under our code.
    case exists
    /// No answer, an error whose outcome is unknown, or a code that is taken and not shown yet.
    case unclear
    /// The store will never make it.
    case refused
    /// The store's code of this reward names another reward.
    case contradicted
    /// It has been tried for longer than an outage lasts.
    case outOfPatience
    /// The referrer has been told of it.
    case delivered
    /// The store says that something of it was spent.
    case spent
    /// The store says that its time ran out.
    case ranOut
    /// Its order fell, or a human takes it back.
    case takenBack
    /// The store has its code inactive because Laurel had it so, or can never make it.
    case silenced
    /// A look at the store shows its code active although it was taken back.
    case revived
    /// A human wants a reward that was given up tried again.
    case retried
    /// The ledger was put back to an older state: what was done since then is not known to it.
    case restored
  }

  /// What a worker has to do.
  package enum Effect: String, Sendable, CaseIterable {
    /// Ask the store for the code: active, plain, as often as it takes.
    case create
    /// Note what exists, pay the referral, and write the letter.
    case confirm
    /// Make the code exist inactive: deactivate it, or make it inactive where it is absent.
    case silence
    /// Note what was spent before it was taken back.
    case account
    /// Try the same again later.
    case retryLater
    /// Tell a human why.
    case report
  }

  /// What was decided of an order, as far as its reward is concerned.
  package enum Verdict: Sendable, CaseIterable {
    /// The reward is due.
    case due
    /// The order does not stand, or was never paid for.
    case fell
    /// The order stands and earns nothing.
    case notDue
  }

  /// Where the reward of an order that was decided now begins; `nil` when there is none.
  ///
  /// - Parameter storeMayKnow: whether an older life of the ledger, which this one has lost, may
  ///   have decided the order already and told the store. Then a fallen order needs its code
  ///   silenced although this ledger never asked for it.
  package static func birth(_ verdict: Verdict, storeMayKnow: Bool) -> State? {
    switch verdict {
    case .due: storeMayKnow ? .creating : .pending
    case .fell: storeMayKnow ? .revoking : nil
    case .notDue: nil
    }
  }

  /// What follows from `event` in `state`.
  package static func next(_ state: State, _ event: Event) -> (state: State, effects: [Effect]) {
    switch (state, event) {
    case (.pending, .claimed), (.creating, .claimed): (.creating, [.create])
    case (.pending, .takenBack): (.rejected, [])
    // The life that is lost may have claimed it.
    case (.pending, .restored): (.creating, [.retryLater])

    // Beside the worker's own answer, a look at the store can find what was given up or forgotten.
    case (.creating, .exists), (.pending, .exists), (.dead, .exists): (.issued, [.confirm])
    case (.creating, .unclear): (.creating, [.retryLater])
    case (.creating, .refused), (.creating, .contradicted), (.creating, .outOfPatience):
      (.dead, [.report])
    // The tombstone of a life that is lost: it was taken back there.
    case (.creating, .silenced): (.revoked, [.report])

    case (.issued, .delivered): (.delivered, [])
    // A purchase before the end can be seen after it.
    case (.issued, .spent), (.delivered, .spent), (.expired, .spent): (.used, [])
    case (.issued, .ranOut), (.delivered, .ranOut): (.expired, [])

    case (.creating, .takenBack), (.issued, .takenBack), (.delivered, .takenBack),
      (.used, .takenBack), (.expired, .takenBack), (.dead, .takenBack):
      (.revoking, [.silence])

    case (.revoking, .claimed): (.revoking, [.silence])
    case (.revoking, .unclear): (.revoking, [.retryLater])
    // Money that may be out is never given up on: a human is told, and the work goes on.
    case (.revoking, .outOfPatience), (.revoking, .contradicted):
      (.revoking, [.report, .retryLater])
    case (.revoking, .silenced): (.revoked, [.account])
    case (.revoking, .refused): (.revoked, [.account, .report])
    // Another save of the whole card at the store can undo a deactivation beside it.
    case (.revoked, .revived): (.revoking, [.report, .silence])

    case (.dead, .retried): (.creating, [.retryLater])
    default: (state, [])
    }
  }
}

extension RewardLife.State {
  /// The state of a row: pending and creating are one status in the ledger, told apart by whether
  /// a worker has begun. `nil` for a status that is none.
  package init?(status: String, isBegun: Bool) {
    guard let state = RewardLife.State(rawValue: status), state != .creating else { return nil }
    self = state == .pending && isBegun ? .creating : state
  }

  /// How the ledger's `rewards.status` says it.
  package var status: String { self == .creating ? Self.pending.rawValue : rawValue }
}
